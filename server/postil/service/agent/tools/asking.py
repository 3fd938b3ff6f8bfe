"""`calculate`, `git` and `recall`: what can be asked without touching anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

from postil.core.agent.calculate import calculate
from postil.service.agent.tools.base import Arguments, Outcome, Plan, Tool, ToolTrouble
from postil.service.agent.workplace import Workplace
from postil.service.workspace.git import NoChanges, git, no_filters

_LOG = 15

Recall = Callable[[str], Awaitable[str]]


class Calculate(Arguments):
    """Of `calculate`."""

    expression: str


class Git(Arguments):
    """Of `git`: what is changed, who wrote a file when, a commit."""

    what: Literal["status", "diff", "log", "show", "blame"]
    path: str | None = None
    revision: str | None = None


class RecallArguments(Arguments):
    """Of `recall`."""

    query: str


def asking(place: Workplace, recall: Recall) -> tuple[Tool[Calculate], Tool[Git], Tool[RecallArguments]]:
    async def plan_calculate(asked: Calculate) -> Plan:
        return Plan(f"Calculate {asked.expression}")

    async def do_calculate(asked: Calculate, plan: Plan, progress: Callable[[str], None]) -> Outcome:
        try:
            return Outcome(f"{asked.expression} = {calculate(asked.expression)}")
        except ValueError as error:
            raise ToolTrouble(str(error)) from None

    async def plan_git(asked: Git) -> Plan:
        return Plan(f"git {asked.what}{f' {asked.path}' if asked.path else ''}")

    async def do_git(asked: Git, plan: Plan, progress: Callable[[str], None]) -> Outcome:
        place.need_trust()
        config = await no_filters(place.folder)
        if isinstance(config, NoChanges):
            raise ToolTrouble(config.message)
        out = await git(place.folder, *_arguments(place, asked), config=config)
        if isinstance(out, NoChanges):
            raise ToolTrouble(out.message)
        return Outcome(out.decode("utf-8", "replace").strip() or "nothing")

    async def plan_recall(asked: RecallArguments) -> Plan:
        return Plan(f"Recall {asked.query!r}")

    async def do_recall(asked: RecallArguments, plan: Plan, progress: Callable[[str], None]) -> Outcome:
        return Outcome(await recall(asked.query) or "nothing of it was said")

    return (
        Tool("calculate", "calculate an arithmetic expression", Calculate, plan_calculate, do_calculate),
        Tool("git", "what has been changed, commits, who wrote a line", Git, plan_git, do_git),
        Tool(
            "recall",
            "what was said or decided in an earlier conversation",
            RecallArguments,
            plan_recall,
            do_recall,
        ),
    )


def _arguments(place: Workplace, asked: Git) -> tuple[str, ...]:
    """The command line: our words, a revision that is none of git's options, a path of the workspace."""
    revision = (asked.revision or "").strip()
    if revision.startswith("-") or any(char.isspace() for char in revision):
        raise ToolTrouble(f"{revision!r} is no revision")
    path = (place.name(place.resolve(asked.path)),) if asked.path else ()
    safe = ("--no-ext-diff", "--no-textconv")
    match asked.what:
        case "status":
            return ("status", "--short", "--branch", "--", *path)
        case "diff":
            return ("diff", *safe, revision or "HEAD", "--", *path)
        case "log":
            return (
                "log",
                f"-{_LOG}",
                "--format=%h %ad %an: %s",
                "--date=short",
                *([revision] if revision else []),
                "--",
                *path,
            )
        case "show":
            return ("show", *safe, "--stat", "--patch", revision or "HEAD", "--", *path)
        case "blame":
            if not path:
                raise ToolTrouble("say which file")
            return ("blame", "--no-textconv", "--date=short", *([revision] if revision else []), "--", *path)
