"""`review`: notes of the reviewer on a file. `diagnostics`: syntax errors, and what a tool that is installed finds."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from postil.core.agent.events import Place
from postil.core.syntax.split import plan as units_of
from postil.core.syntax.tree import parse, walk
from postil.core.verify.findings.oracle import ToolReader
from postil.core.verify.findings.tools import tools
from postil.engine.base import EngineError
from postil.service.agent.tools.base import Arguments, Outcome, Plan, Tool, ToolTrouble
from postil.service.agent.workplace import Workplace
from postil.service.review.context import ReviewContext
from postil.service.review.events import UnitFailed, UnitFinished, UnitStarted
from postil.service.review.fallback import Fallback
from postil.service.review.units import review_units
from postil.service.verify.check import Check
from postil.service.verify.copy.scratch import scratch_copy
from postil.service.verify.findings.program import ToolCommand, tool_command
from postil.service.verify.trouble import CheckTrouble
from postil.service.workspace.files import repository_root
from postil.service.workspace.languages import language_of

# What is told of one file.
_MOST_ERRORS, _MOST_FOUND = 10, 30
_TOOL_SECONDS = 60.0


class Review(Arguments):
    """Of `review`."""

    path: str


class Diagnostics(Arguments):
    """Of `diagnostics`."""

    path: str


def looking(
    place: Workplace, reviewer: Callable[[], Awaitable[ReviewContext]]
) -> tuple[Tool[Review], Tool[Diagnostics]]:
    async def plan_review(asked: Review) -> Plan:
        path = place.resolve(asked.path)
        return Plan(f"Review {place.name(path)}", (Place(str(path)),))

    async def review(asked: Review, plan: Plan, progress: Callable[[str], None]) -> Outcome:
        path, text = await place.text(asked.path)
        units = units_of(text, language_of(path.name, text.partition("\n")[0]), None)
        units = units[: place.settings.review.max_units]
        notes: list[str] = []
        try:
            context = await reviewer()
            async with aclosing(review_units(context, units, Fallback(), progress)) as events:
                async for event in events:
                    match event:
                        case UnitStarted(unit):
                            progress(f"reads {unit.name or 'the file'}")
                        case UnitFinished(unit, findings):
                            notes += [
                                f"line {unit.first_line + one.lines.first + 1}: {one.message}" for one in findings
                            ]
                        case UnitFailed(unit, message):
                            notes.append(f"{unit.name}: not reviewed: {message}")
                        case _:
                            pass
        except EngineError as error:
            raise ToolTrouble(str(error)) from None
        if not notes:
            return Outcome(f"{place.name(path)}: no notes on {len(units)} pieces of code", places=plan.places)
        head = f"{place.name(path)}: opinions of a model, which nothing has checked:"
        return Outcome("\n".join([head, *notes]), places=plan.places)

    async def plan_diagnostics(asked: Diagnostics) -> Plan:
        path = place.resolve(asked.path)
        place.need_trust()
        found = _tool(place, asked)
        return Plan(
            f"Diagnostics of {place.name(path)}",
            (Place(str(path)),),
            argv=tuple(shlex.split(found.command)) if found is not None else (),
        )

    async def diagnostics(asked: Diagnostics, plan: Plan, progress: Callable[[str], None]) -> Outcome:
        path, text = await place.text(asked.path)
        lines = _syntax_errors(text, language_of(path.name, text.partition("\n")[0]))
        found = _tool(place, asked)
        if found is not None:
            progress(found.tool)
            lines += await _found(place, found, place.name(path))
        by = found.tool if found is not None else "the parser; no tool for this language is installed"
        return Outcome("\n".join(lines[:_MOST_FOUND]) or f"no errors and no warnings (by {by})", places=plan.places)

    return (
        Tool("review", "review a file for defects", Review, plan_review, review),
        Tool(
            "diagnostics",
            "errors and warnings of a file in the editor",
            Diagnostics,
            plan_diagnostics,
            diagnostics,
            "check",
        ),
    )


def _syntax_errors(text: str, language: str) -> list[str]:
    tree = parse(text, language)
    if tree is None or not tree.root_node.has_error:
        return []
    nodes = (node for node in walk(tree.root_node) if node.is_error or node.is_missing)
    rows = dict.fromkeys(node.start_point[0] + 1 for node in nodes)
    return [f"line {row}: error: this can't be parsed" for row in list(rows)[:_MOST_ERRORS]]


def _tool(place: Workplace, asked: Diagnostics) -> ToolCommand | None:
    """The first tool for the file's language that is installed."""
    path = place.resolve(asked.path)
    language = language_of(path.name)
    for name, tool in tools().items():
        if language in tool.languages:
            try:
                return tool_command(name, path.parent, place.folder, (path,))
            except CheckTrouble:
                continue
    return None


async def _found(place: Workplace, command: ToolCommand, name: str) -> list[str]:
    top = repository_root(command.folder) or place.folder
    folder = command.folder.relative_to(top).as_posix()
    try:
        async with scratch_copy(top) as scratch:
            reader = ToolReader(command.tool, str(scratch.root), folder, tools()[command.tool].stderr)
            outcome = await Check(scratch, command.command, folder, reader).run(_TOOL_SECONDS)
    except CheckTrouble as error:
        return [f"{command.tool}: {error}"]
    here = (place.folder / name).relative_to(top).as_posix()
    found = [one for one in outcome.findings or () if one.path == here]
    return [f"line {one.span.first + 1}: {one.rule}: {one.message} ({command.tool})" for one in found]
