"""Runs a command: messages, errors as one sentence each, exit codes."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TextIO

import typer

from postil.cli.failures import failed
from postil.cli.user_settings import settings_told
from postil.core.text.plain import plain
from postil.engine.base import EngineError
from postil.service.models.stores import WrongUsage
from postil.service.personas.admin import PersonaTrouble
from postil.settings import Settings

EXIT_USAGE = 2
EXIT_ENGINE = 3
EXIT_INTERRUPTED = 130
# What ends a command on purpose, though it looks like an error; a closed pipe (`postil … | head`) is click's to deal
# with.
EXITS = (typer.Exit, typer.Abort, BrokenPipeError)


def run(work: Callable[[], Awaitable[None]], interrupted: str) -> None:
    """Exits with 2 for what the user has to change first, with 3 for an engine or a model that isn't there and for
    what nobody foresaw, with 130 after Ctrl-C, when `interrupted` is printed."""

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
    except EXITS:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the user gets a sentence
        failed(error)
        raise typer.Exit(EXIT_ENGINE) from None


def settings_here() -> Settings:
    return settings_told(Path.cwd())


def say(message: str) -> None:
    """A message to standard error: standard output is for the result."""
    print(f"postil: {plain(message)}", file=sys.stderr)


def print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=True))


def any_text_to_stdout() -> None:
    """Make standard output take every character, whatever the system's encoding."""
    stdout: TextIO = sys.stdout
    if isinstance(stdout, io.TextIOWrapper):
        stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
