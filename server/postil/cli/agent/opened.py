"""A conversation for the terminal: its workspace, its settings by the options, its engines."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from postil.cli.user_settings import workspace_of
from postil.core.agent.approval.rules import Mode
from postil.core.agent.turns import Turn
from postil.engine import scripted
from postil.service.agent.door import Door
from postil.service.agent.history.history import History
from postil.service.agent.session.engines import SharedEngines
from postil.service.agent.session.live import LiveSession
from postil.service.engines import EngineHolder
from postil.service.models.stores import WrongUsage
from postil.service.workspace.files import repository_root


@dataclass(frozen=True, slots=True)
class TalkOptions:
    """The options of both commands. `continued`: None = a new conversation; "" = the latest; else how its id begins.
    `script`, `journal`: of an engine for tests."""

    model: str | None = None
    engine: str | None = None
    persona: str | None = None
    continued: str | None = None
    mode: Mode = "edit"
    script: Path | None = None
    journal: Path | None = None


def workspace_here() -> Path:
    """The folder of a conversation: the nearest upwards with a `postil.toml`, else the repository, else this one."""
    here = Path.cwd()
    return workspace_of(here) or repository_root(here) or here


@asynccontextmanager
async def opened(options: TalkOptions, door: Door) -> AsyncGenerator[LiveSession]:
    """Nothing of it runs afterwards. Raises WrongUsage."""
    folder = workspace_here()
    id = secrets.token_hex(16)
    turns: tuple[Turn, ...] = ()
    if options.continued is not None:
        id, turns = _kept(folder, options.continued)
    client = {"engine": options.engine} if options.engine else None
    engines = _engines(options)
    session = LiveSession(folder, door, engines, turns, id=id, client=client)
    session.model = options.model or ""
    session.mode = options.mode
    if options.persona:
        known = session.current().talkers
        if options.persona not in known:
            raise WrongUsage(f"no persona to talk with is called {options.persona!r}: use {', '.join(known)}")
        session.persona = options.persona
    try:
        yield session
    finally:
        await session.aclose()
        await engines.aclose()


def _kept(folder: Path, beginning: str) -> tuple[str, tuple[Turn, ...]]:
    history = History(folder)
    try:
        found = history.named(beginning)
        turns = history.load(found.id) if found is not None else None
    finally:
        history.close()
    if found is None or turns is None:
        what = f"whose id begins with {beginning!r}" if beginning else "to go on with"
        raise WrongUsage(f"there is no conversation {what} here: `postil agent history` lists them")
    return found.id, turns


def _engines(options: TalkOptions) -> SharedEngines:
    if options.script is None:
        return SharedEngines()
    engine = scripted.ScriptedEngine.from_file(options.script, options.journal)
    return SharedEngines(lambda: EngineHolder(lambda settings: scripted.scripted_choice(engine)))
