"""What is measured: a conversation, opened on a folder. Only this file knows how the product opens one."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol

from bench.agent.recording import Asked, recorded

from postil.core.agent.events import Event
from postil.core.agent.permission import Answer, PermissionRequest
from postil.core.agent.prompt import CallForm
from postil.engine.choose import EngineChoice, choose_engine
from postil.service.agent.conversation import Conversation
from postil.service.agent.door import Door
from postil.service.agent.gate import Decision
from postil.service.agent.history.history import History
from postil.service.agent.history.remembering import Remembering
from postil.service.agent.memory import NoMemory
from postil.service.agent.open import PERSONA, Driver, Opening, open_conversation
from postil.service.engines import Chooser, EngineHolder
from postil.service.personas.load import load_personas
from postil.settings import Settings, settings_of

CALL_FORMS: tuple[CallForm, ...] = ("native", "prompted", "late")
DRIVERS: tuple[Driver, ...] = ("auto", "free", "harness")
FORMS: tuple[str, ...] = CALL_FORMS
NUM_CTX = 8192


class Subject(Protocol):
    """A conversation, open while it is entered."""

    async def __aenter__(self) -> Subject: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def prompt(self, text: str) -> AsyncGenerator[Event]:
        """One turn. The last event is `Ended`."""
        ...

    def requests(self) -> Sequence[Asked]:
        """All requests so far, in their order; empty where the adapter can't tell."""
        ...


class Open(Protocol):
    """Opens a conversation; the tests have one of their own."""

    def __call__(
        self,
        folder: Path,
        model: str,
        form: str,
        driver: str,
        engine: str,
        door: Door,
        *,
        num_ctx: int = NUM_CTX,
        memory: bool = True,
    ) -> Subject: ...


class BenchDoor:
    """A user who says yes once to what stays in the folder, and no to all else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    async def ask(self, request: PermissionRequest) -> Answer:
        """As `Door.ask`."""
        inside = all((self._folder / one.path).resolve().is_relative_to(self._folder) for one in request.changes)
        return "once" if request.kind in ("read", "edit", "check", "run") and inside else "no"

    async def text_of(self, path: Path) -> str | None:
        """There is no editor."""
        del path
        return None

    async def write(self, path: Path, text: str) -> bool:
        """There is no editor."""
        del path, text
        return False


class _Yes:
    """The gate of a user who has no rules: each call is asked about."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def decide(self, request: PermissionRequest) -> Decision:
        """As `Gate.decide`."""
        if request.kind == "read":
            return Decision("allow")
        answer = await self._door.ask(request)
        return Decision("allow" if answer in ("once", "always") else "cancelled" if answer == "cancelled" else "deny")


class _NoImages:
    """Nothing is undone here."""

    def before(self, path: Path) -> None:
        """As `PreImages.before`."""

    def after(self, path: Path, data: bytes) -> None:
        """As `PreImages.after`."""

    def write_file(self, path: Path, data: bytes) -> None:
        """As `PreImages.write_file`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


class Talk:
    """The product's conversation, with no rules, approvals or settings of the user's."""

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        form: str,
        driver: str,
        door: Door,
        chooser: Chooser,
        *,
        memory: bool = False,
    ) -> None:
        self._history = History(folder) if memory else None
        kept = Remembering(self._history, folder.name) if self._history is not None else None
        self._asked: list[Asked] = []
        self._settings, self._chooser = settings, chooser
        self._engines = EngineHolder(self._choose)
        personas = load_personas().personas
        self._opening = Opening(
            folder,
            settings,
            personas[PERSONA],
            personas["repairer"],
            personas["reviewer"],
            self._engines,
            door,
            _Yes(door),
            _NoImages(),
            kept or NoMemory(),
            keep=kept.keep if kept is not None else None,
            form=_form(form),
            driver=_driver(driver),
        )
        self._conversation: Conversation | None = None

    async def _choose(self, settings: Settings) -> EngineChoice:
        return recorded(await self._chooser(settings), self._asked)

    async def __aenter__(self) -> Subject:
        self._conversation = await open_conversation(self._opening)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._engines.drop()
        if self._history is not None:
            # It is kept in the user's own state folder.
            self._history.forget_all()
            self._history.close()

    def prompt(self, text: str) -> AsyncGenerator[Event]:
        assert self._conversation is not None, "it isn't entered"
        return self._conversation.prompt(text)

    def requests(self) -> Sequence[Asked]:
        return self._asked


def _form(text: str) -> CallForm | None:
    return next((one for one in CALL_FORMS if one == text), None)


def _driver(text: str) -> Driver:
    for one in DRIVERS:
        if one == text:
            return one
    raise ValueError(f"no driver is called {text!r}")


def settings_for(folder: Path, model: str, engine: str, num_ctx: int) -> Settings:
    """The defaults, and the checks that the folder's own postil.toml names."""
    named = folder / "postil.toml"
    checks = tomllib.loads(named.read_text(encoding="utf-8")).get("checks", {}) if named.is_file() else {}
    return settings_of(
        {
            "engine": engine,
            "num_ctx": num_ctx,
            "model": {"review": model},
            "embedded": {"parallel": 1},
            "checks": checks,
        }
    )


def open_subject(
    folder: Path,
    model: str,
    form: str,
    driver: str,
    engine: str,
    door: Door,
    *,
    num_ctx: int = NUM_CTX,
    memory: bool = True,
) -> Subject:
    """The product's conversation. `memory` False: older turns are left out, and nothing brings them back."""
    settings = settings_for(folder, model, engine, num_ctx)
    return Talk(folder, settings, form, driver, door, choose_engine, memory=memory)
