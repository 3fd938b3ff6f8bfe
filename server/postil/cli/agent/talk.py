"""`postil agent`: a conversation in the terminal, and what is kept of conversations.

Exit codes: 0 done; 2 wrong usage; 3 the engine isn't available; 130 interrupted.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import aclosing, suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from postil.cli.agent.approvals import app as approvals
from postil.cli.agent.kept import forget, history
from postil.cli.agent.opened import TalkOptions, opened
from postil.cli.agent.shown import Shown
from postil.cli.agent.stdin import Lines
from postil.cli.running import any_text_to_stdout, run, say
from postil.core.agent.permission import Answer, PermissionRequest
from postil.core.text.plain import one_line
from postil.service.agent.session.commands import COMMANDS
from postil.service.agent.session.live import LiveSession

app = typer.Typer(help="Talk with a model that may work on the repository.")
app.add_typer(approvals)
app.command("history")(history)
app.command("forget")(forget)

_ANSWERS: dict[str, Answer] = {"y": "once", "yes": "once", "a": "always", "always": "always"}


class Mode(StrEnum):
    """ask: only reading. edit: edits and commands are asked about. auto: edits go without a question."""

    ask = "ask"
    edit = "edit"
    auto = "auto"


class Terminal:
    """The door: asks on stderr and reads the answer from stdin. Nothing but a yes is a yes, and none is taken from a
    pipe, whose next line was meant for something else."""

    def __init__(self, shown: Shown, lines: Lines) -> None:
        self._shown = shown
        self._lines = lines

    async def ask(self, request: PermissionRequest) -> Answer:
        say(one_line(request.title))
        for change in request.changes:
            self._shown.change(change)
        if not sys.stdin.isatty():
            say("refused: there is no terminal to ask at (--mode auto makes edits without a question)")
            return "no"
        always = " / [a]lways" if request.lasting else ""
        answer = (await self._lines.next(f"[y]es{always} / [n]o: ")) or "n"
        found = _ANSWERS.get(answer.strip().lower(), "no")
        return "no" if found == "always" and not request.lasting else found

    async def text_of(self, path: Path) -> str | None:
        return None

    async def write(self, path: Path, text: str) -> bool:
        return False


@app.callback(invoke_without_command=True)
def agent(
    context: typer.Context,
    mode: Annotated[Mode, typer.Option("--mode", help="ask, edit or auto.")] = Mode.edit,
    model: Annotated[str | None, typer.Option("--model", "-m", help="The model, e.g. qwen2.5-coder:1.5b.")] = None,
    engine: Annotated[str | None, typer.Option("--engine", help="auto, ollama, openai or embedded.")] = None,
    persona: Annotated[str | None, typer.Option("--persona", "-p", help="Who answers. Default: agent.")] = None,
    continued: Annotated[
        str | None, typer.Option("--continue", metavar="ID", help="Go on with this conversation; `last`: the latest.")
    ] = None,
    engine_script: Annotated[Path | None, typer.Option(hidden=True)] = None,
    engine_journal: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Talk about the repository around the current folder, and let a model work on it.

    Edits and commands are shown, and asked about. Ctrl-C stops what runs; at the prompt it ends the conversation, as
    Ctrl-D and /quit do. What was said is kept: --continue goes on with it.
    """
    if context.invoked_subcommand is not None:
        return
    latest = "" if continued == "last" else continued
    options = TalkOptions(model, engine, persona, latest, mode.value, engine_script, engine_journal)

    async def work() -> None:
        any_text_to_stdout()
        lines, turn = Lines(), _Turn()
        with suppress(NotImplementedError):
            # Python's own handler would end the process at the second Ctrl-C, turns later.
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, turn.interrupt)
        turn.whole = asyncio.current_task()
        async with opened(options, Terminal(Shown(), lines)) as session:
            say(f"{session.folder.name}: /{', /'.join(one.name for one in COMMANDS)}, /quit")
            while (text := await lines.next("> ")) is not None and text.strip() != "/quit":
                if text.strip():
                    await turn.run(session, text.strip())

    run(work, "")


class _Turn:
    """The turn that runs, which Ctrl-C ends without ending the conversation; between turns it ends that."""

    def __init__(self) -> None:
        self.whole: asyncio.Task[None] | None = None
        self._running: asyncio.Task[None] | None = None

    def interrupt(self) -> None:
        ends = self._running or self.whole
        if ends is not None:
            ends.cancel()

    async def run(self, session: LiveSession, text: str) -> None:
        shown = Shown()

        async def events() -> None:
            async with aclosing(session.prompt(text)) as stream:
                async for event in stream:
                    shown.event(event)

        turn = self._running = asyncio.create_task(events())
        try:
            await asyncio.wait({turn})
        finally:
            self._running = None
            if not turn.done():
                turn.cancel()
                await asyncio.wait({turn})
        if turn.cancelled():
            say("stopped")
            return
        turn.result()
        shown.close()
