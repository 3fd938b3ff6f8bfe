"""A command run to its end: what it prints, its errors as one sentence each, its exit code."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from postil.core.text.plain import plain

if TYPE_CHECKING:
    from postil.settings import Settings

EXIT_USAGE = 2
EXIT_ENGINE = 3
EXIT_INTERRUPTED = 130


def run(work: Callable[[], Awaitable[None]], interrupted: str) -> None:
    """Ends the process with 2 for what the user has to change first, 3 for an engine or a model that isn't there, 130
    after Ctrl-C, with `interrupted` said."""
    from postil.engine.base import EngineError
    from postil.service.models.stores import WrongUsage
    from postil.service.personas.admin import PersonaTrouble

    async def whole() -> None:
        await work()

    try:
        asyncio.run(whole())
    except (WrongUsage, PersonaTrouble) as error:
        say(str(error))
        raise typer.Exit(EXIT_USAGE) from None
    except EngineError as error:
        say(str(error))
        raise typer.Exit(EXIT_ENGINE) from None
    except KeyboardInterrupt:
        say(interrupted)
        raise typer.Exit(EXIT_INTERRUPTED) from None


def settings_here() -> Settings:
    from postil.cli.user_settings import settings_told

    return settings_told(Path.cwd())


def say(message: str) -> None:
    """Beside the result."""
    print(f"postil: {plain(message)}", file=sys.stderr)


def print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=True))
