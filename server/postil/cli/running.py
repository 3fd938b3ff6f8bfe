"""Runs a command: messages, errors as one sentence each, exit codes."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import Awaitable, Callable
from typing import TextIO

import typer

from postil.cli.failures import failed
from postil.core.text.plain import plain
from postil.engine.base import EngineError
from postil.service.models.stores import WrongUsage
from postil.service.personas.admin import PersonaTrouble

EXIT_USAGE = 2
EXIT_ENGINE = 3
EXIT_INTERRUPTED = 130
# What ends a command on purpose, though it looks like an error; a closed pipe (`postil … | head`) is click's to deal
# with.
EXITS = (typer.Exit, typer.Abort, BrokenPipeError)


def exit_code(
    work: Callable[[], Awaitable[int]],
    interrupted: str = "",
    *,
    usage: tuple[type[Exception], ...] = (),
    engine: tuple[type[Exception], ...] = (),
) -> int:
    """Does the work, and returns its exit code. 2 for what the user has to change first (also `usage`), 3 for an engine
    or a model that isn't there (also `engine`) and for what nobody foresaw, each with its sentence; 130 after Ctrl-C or
    a signal that cancels the work, when `interrupted` is printed."""

    async def whole() -> int:
        return await work()

    try:
        return asyncio.run(whole())
    except (WrongUsage, PersonaTrouble, *usage) as error:
        say(str(error))
        return EXIT_USAGE
    except (EngineError, *engine) as error:
        say(str(error))
        return EXIT_ENGINE
    except (KeyboardInterrupt, asyncio.CancelledError):
        if interrupted:
            say(interrupted)
        return EXIT_INTERRUPTED
    except EXITS:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the user gets a sentence
        failed(error)
        return EXIT_ENGINE


def run(work: Callable[[], Awaitable[None]], interrupted: str) -> None:
    """As `exit_code`, of work without an exit code of its own. Raises Exit where it fails."""

    async def done() -> int:
        await work()
        return 0

    code = exit_code(done, interrupted)
    if code:
        raise typer.Exit(code)


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
