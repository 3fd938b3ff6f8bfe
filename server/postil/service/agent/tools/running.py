"""`run`: a command that the user names, without a shell, confined where the system can."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from postil.core.text.plain import plain
from postil.service.agent.retrieval import Retrieval
from postil.service.agent.safety.run import run_argv
from postil.service.agent.tools.base import Arguments, Outcome, Plan, Tool, ToolTrouble
from postil.service.agent.workplace import Workplace
from postil.service.verify.trouble import CheckTrouble

# What only a shell understands: a word of it would be taken for a file's name.
_SHELL = frozenset({"|", "||", "&&", "&", ";", ">", ">>", "<", "<<", "2>", "2>&1", "`"})


class Run(Arguments):
    """Of `run`."""

    command: str


def running(place: Workplace, retrieval: Retrieval) -> Tool[Run]:
    async def plan(asked: Run) -> Plan:
        place.need_trust()
        argv = _words(asked.command)
        return Plan(f"Run {shlex.join(argv)}", argv=argv)

    async def run(asked: Run, plan: Plan, progress: Callable[[str], None]) -> Outcome:
        try:
            done = await run_argv(plan.argv, place.folder)
        except CheckTrouble as error:
            raise ToolTrouble(str(error)) from None
        finally:
            retrieval.stale()
        ran = done.ran
        text = plain(ran.text).strip()
        how = ran.stopped or f"exit code {ran.exit_code}"
        held = "" if done.confinement.kind == "full" else f"({done.confinement.sentence})\n"
        # The end says what came of it.
        room = place.meter.result_chars - 200 - len(held)
        said = f"`{shlex.join(plan.argv)}`: {how}\n{held}{text[-room:]}"
        return Outcome(said, failed=bool(ran.stopped or ran.exit_code))

    return Tool("run", "run a command line that the user names", Run, plan, run, "run")


def _words(command: str) -> tuple[str, ...]:
    try:
        argv = tuple(shlex.split(command))
    except ValueError as error:
        raise ToolTrouble(f"the command can't be read: {error}") from None
    if not argv:
        raise ToolTrouble("say which command")
    if (word := next((one for one in argv if one in _SHELL), None)) is not None:
        raise ToolTrouble(f"there is no shell here: leave {word!r} out, and run one program at a time")
    return argv
