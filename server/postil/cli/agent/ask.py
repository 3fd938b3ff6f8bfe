"""`postil ask`: one question about the repository, answered in the terminal or a pipe.

Exit codes: 0 answered; 1 not (a limit, a loop, a conversation that doesn't fit); 2 wrong usage; 3 the engine isn't
available; 130 interrupted.
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import aclosing, suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from postil.cli.agent.opened import TalkOptions, opened
from postil.cli.agent.shown import Shown
from postil.cli.agent.stdin import piped
from postil.cli.running import EXIT_ENGINE, any_text_to_stdout, exit_code
from postil.core.agent.permission import Answer, PermissionRequest
from postil.service.agent.session.live import Attached
from postil.service.models.stores import WrongUsage

EXIT_UNANSWERED = 1


class Mode(StrEnum):
    """What it may do. `ask`: only read. `auto`: change files too, without a question; `postil agent` asks."""

    ask = "ask"
    auto = "auto"


class NobodyThere:
    """The door of a command that asks nobody."""

    async def ask(self, request: PermissionRequest) -> Answer:
        return "no"

    async def text_of(self, path: Path) -> str | None:
        return None

    async def write(self, path: Path, text: str) -> bool:
        return False


def ask(
    question: Annotated[list[str], typer.Argument(help="What you want to know, or have done.")],
    mode: Annotated[Mode, typer.Option("--mode", help="ask: only read. auto: change files, too.")] = Mode.ask,
    model: Annotated[str | None, typer.Option("--model", "-m", help="The model, e.g. qwen2.5-coder:1.5b.")] = None,
    engine: Annotated[str | None, typer.Option("--engine", help="auto, ollama, openai or embedded.")] = None,
    persona: Annotated[str | None, typer.Option("--persona", "-p", help="Who answers. Default: agent.")] = None,
    continued: Annotated[
        str | None, typer.Option("--continue", metavar="ID", help="Go on with this conversation; `last`: the latest.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON for each event.")] = False,
    engine_script: Annotated[Path | None, typer.Option(hidden=True)] = None,
    engine_journal: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Ask about the repository around the current folder. What is piped in is put beside the question.

    The answer goes to stdout, what is done for it to stderr. Nobody is asked anything: commands aren't run, and files
    aren't changed without --mode auto.

    Exit codes: 0 answered; 1 not (a limit, a loop, too long); 2 wrong usage; 3 the engine isn't available; 130
    interrupted.
    """
    latest = "" if continued == "last" else continued
    options = TalkOptions(model, engine, persona, latest, mode.value, engine_script, engine_journal)
    shown = Shown(as_json=as_json)

    async def work() -> int:
        text = " ".join(question).strip()
        if not text:
            raise WrongUsage("say what you want to know: postil ask 'Where are prices rounded?'")
        any_text_to_stdout()
        cancel_on_signals()
        attached = await _attached()
        async with (
            opened(options, NobodyThere()) as session,
            aclosing(session.prompt(text, attached)) as events,
        ):
            async for event in events:
                shown.event(event)
        shown.close()
        match shown.ended.reason:
            case "done":
                return 0
            case "failed":
                return EXIT_ENGINE
            case _:
                return EXIT_UNANSWERED

    raise typer.Exit(exit_code(work, "stopped: nothing runs any more"))


def cancel_on_signals() -> None:
    """SIGTERM and SIGHUP end the work as Ctrl-C does."""
    task = asyncio.current_task()
    assert task is not None
    for name in ("SIGTERM", "SIGHUP"):
        # Windows has no handlers, and not all of these.
        with suppress(NotImplementedError, AttributeError):
            asyncio.get_running_loop().add_signal_handler(getattr(signal, name), task.cancel)


async def _attached() -> tuple[Attached, ...]:
    text = await piped()
    return (Attached("what was piped in", text),) if text.strip() else ()
