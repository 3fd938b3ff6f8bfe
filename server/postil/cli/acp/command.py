"""`postil acp`: the agent for editors that speak the Agent Client Protocol, over stdio."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from postil.cli.running import EXIT_USAGE, say
from postil.engine import scripted
from postil.service.agent.session.engines import SharedEngines
from postil.service.engines import EngineHolder


def acp(
    engine_script: Annotated[Path | None, typer.Option(hidden=True)] = None,
    engine_journal: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Serve editors that speak the Agent Client Protocol: Zed, JetBrains, Neovim, Emacs."""
    missing = [name for name in ("acp", "json_repair") if find_spec(name) is None]
    if missing:
        say(f"`postil acp` needs more packages: pip install 'postil[agent]' ({', '.join(missing)} is missing)")
        raise typer.Exit(EXIT_USAGE)
    from postil.acp.serve import run

    run(_scripted(engine_script, engine_journal) if engine_script is not None else None)


def _scripted(script: Path, journal: Path | None) -> SharedEngines:
    """For tests: the answers of a script in place of a model."""
    engine = scripted.ScriptedEngine.from_file(script, journal)
    return SharedEngines(lambda: EngineHolder(lambda settings: scripted.scripted_choice(engine)))
