"""`postil fix`: a fix that the project's own check has passed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand

from postil.cli.fix.findings import sarif_request, tool_request, unknown_tool
from postil.cli.fix.finish import applied_changes, tell_result
from postil.cli.fix.options import EXIT_NOT_FIXED, FixOptions, Format
from postil.cli.fix.show import Shown
from postil.cli.fix.show_findings import ShownFindings, check_sarif, findings_json, findings_sarif, findings_text
from postil.cli.fix.unnamed import by_evidence, command_of
from postil.cli.review.command import expand_diff
from postil.cli.review.engine import Opened, open_contexts
from postil.cli.running import any_text_to_stdout, exit_code, say
from postil.cli.user_personas import personas_here
from postil.cli.user_settings import checked_settings
from postil.core.persona.persona import Persona
from postil.core.verify.findings.tools import tools
from postil.service.config.here import workspace_of
from postil.service.config.load import LoadedSettings
from postil.service.models.stores import WrongUsage
from postil.service.review.context import ReviewContext
from postil.service.verify.events import Ended
from postil.service.verify.every import find_fixes
from postil.service.verify.findings.each import find_finding_fixes
from postil.service.verify.look import Scope
from postil.service.verify.trouble import CheckTrouble
from postil.service.verify.work import FixRequest
from postil.service.workspace.files import repository_root
from postil.settings import Settings

# The shipped persona whose model and words are used.
_PERSONA = "repairer"

E = TypeVar("E")


class FixCommand(TyperCommand):
    """Gives `--diff` its optional value. Typer keeps the class of `ctx` to itself."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, expand_diff(args))


def fix(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files and folders that may be changed. Default: all but tests.", show_default=False),
    ] = None,
    check: Annotated[
        str | None,
        typer.Option(
            "--check",
            "-c",
            metavar="CMD|NAME",
            help="The command that fails (or a check of the settings), or with --tool must not begin to.",
        ),
    ] = None,
    tool: Annotated[
        str | None,
        typer.Option(
            "--tool",
            "-t",
            metavar="NAME",
            help=f"A tool whose findings are mended, each by itself: {', '.join(tools())}.",
        ),
    ] = None,
    sarif: Annotated[
        Path | None,
        typer.Option(
            "--sarif",
            metavar="FILE",
            help="The log whose results are mended. --check is the command that writes it, if no --tool is.",
        ),
    ] = None,
    diff: Annotated[
        str | None, typer.Option("--diff", metavar="[REV]", help="Change only code that differs from REV (HEAD).")
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            "--samples",
            "-n",
            min=0,
            max=100,
            help="Answers of the model at most, for each finding; 0 asks none. Default: fix.samples, 8.",
        ),
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", min=1, help="Seconds for all of it. Default: fix.seconds, 300.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Write the fix to the file.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the difference to this file.")] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How the result is written.")] = Format.text,
    model: Annotated[str | None, typer.Option("--model", "-m", help="The model, e.g. qwen2.5-coder:1.5b.")] = None,
    engine: Annotated[str | None, typer.Option("--engine", help="auto, ollama, openai or embedded.")] = None,
    pull: Annotated[bool, typer.Option("--pull", help="Fetch the model first when it isn't here.")] = False,
) -> None:
    """Look for a fix that makes a failing check pass, or a tool's findings go, and show it with its proof.

    The check or the tool runs in a copy: nothing of your files changes without --apply, and tests are never changed
    (for --tool: unless you name them).

    Exit codes: 0 nothing to fix, or all fixed and verified; 1 not fixed, or not all; 2 wrong usage; 3 the engine isn't
    available or the check can't be run; 130 interrupted.
    """
    options = FixOptions(
        check, tool, sarif, tuple(paths or ()), diff, samples, seconds, apply, output, format, model, engine, pull
    )
    raise typer.Exit(main(options, Path.cwd()))


def main(options: FixOptions, root: Path) -> int:
    """Looks for a fix for the check at `root`, prints it, and returns the exit code."""
    # With links resolved, as the check's own messages have it.
    return exit_code(lambda: _fix(options, root.resolve()), "interrupted: nothing was changed", engine=(CheckTrouble,))


async def _fix(options: FixOptions, root: Path) -> int:
    workspace = repository_root(root) or workspace_of(root) or root
    loaded = checked_settings(root, {"engine": options.engine, "model.review": options.model})
    settings = loaded.settings
    if not (options.check or options.tool or options.sarif):
        evidence = personas_here(settings, root).personas[_PERSONA].evidence
        options = by_evidence(options, evidence, settings)
    given = (options.check or "").strip()
    if options.tool is not None or options.sarif is not None:
        return await _fix_findings(options, given, root, workspace, loaded)
    # Where a team's settings are, their folders begin.
    command, folder = command_of(given, loaded, workspace_of(root) or workspace, root, workspace)
    request = _request(options, command, folder, root, workspace, settings)
    shown = Shown()
    await _watched(options, settings, root, partial(find_fixes, request), shown.event)
    if shown.ended is None:
        raise CheckTrouble("nothing came of it")
    return _finish(options, command, shown, shown.ended, workspace)


async def _fix_findings(options: FixOptions, command: str, root: Path, workspace: Path, loaded: LoadedSettings) -> int:
    settings, folder = loaded.settings, root
    request = _request(options, command, root, root, workspace, settings)
    if options.tool is not None and options.tool not in tools():
        raise WrongUsage(unknown_tool(options.tool))
    guard = command if options.tool is not None else ""
    if guard:
        guard, folder = command_of(guard, loaded, workspace_of(root) or workspace, root, workspace)
    if options.sarif is not None:
        found = sarif_request(root / options.sarif, options.tool, "" if guard else command, request)
    else:
        found = tool_request(options.tool or "", request)
    if found is None:
        say(f"{options.sarif} has no result: there is nothing to fix")
        return 0
    found = replace(found, guard=guard, guard_folder=folder)
    shown = ShownFindings()
    await _watched(options, settings, root, partial(find_finding_fixes, found), shown.event)
    ended = shown.ended
    if ended is None:
        raise CheckTrouble("nothing came of it")
    applied, code = applied_changes(options, ended.changes), 0 if ended.whole else EXIT_NOT_FIXED
    if options.format is Format.json:
        text = findings_json(ended, found.fix.command, applied=applied)
    else:
        text = findings_sarif(ended, workspace) if options.format is Format.sarif else findings_text(ended)
    return tell_result(options, text, ended.changes, ended.cost, applied=applied, code=code)


async def _watched(
    options: FixOptions,
    settings: Settings,
    root: Path,
    find: Callable[[Callable[[], Awaitable[ReviewContext]]], AsyncGenerator[E]],
    show: Callable[[E], None],
) -> None:
    """Shows all that happens while `find` looks for fixes. At its end, however it ends, nothing of it runs."""
    any_text_to_stdout()
    with _ended_by_signals():
        async with _opening(options, settings, root) as opened, aclosing(find(opened)) as events:
            async for event in events:
                show(event)


def _request(
    options: FixOptions, command: str, folder: Path, root: Path, workspace: Path, settings: Settings
) -> FixRequest:
    paths = tuple(Path(os.path.realpath(root / path)) for path in options.paths)
    for given, path in zip(options.paths, paths, strict=True):
        if not path.exists():
            raise WrongUsage(f"no such file or folder: {given}")
        if workspace != path and workspace not in path.parents:
            raise WrongUsage(f"{given} isn't in {workspace}, which is what is copied for the check")
    # Before the minutes that it takes to find what would be written there.
    if options.output is not None and not options.output.absolute().parent.is_dir():
        raise WrongUsage(f"--output: there is no folder {options.output.absolute().parent}")
    samples = settings.fix.samples if options.samples is None else options.samples
    seconds = options.seconds or settings.fix.seconds
    scope, mechanical = Scope(paths, options.diff), settings.fix.mechanical
    return FixRequest(command, workspace, folder, samples, seconds, scope, mechanical=mechanical)


@asynccontextmanager
async def _opening(
    options: FixOptions, settings: Settings, root: Path
) -> AsyncGenerator[Callable[[], Awaitable[ReviewContext]]]:
    """What opens the engine when it is needed; it is closed at the end."""
    opened: list[Opened] = []

    async def open_it() -> ReviewContext:
        if opened:
            return opened[-1].contexts[0]
        persona: Persona = personas_here(settings, root).personas[_PERSONA]
        opened.append(await open_contexts(settings, [persona], pull=options.pull))
        return opened[-1].contexts[0]

    try:
        yield open_it
    finally:
        for one in opened:
            await one.aclose()


def _finish(options: FixOptions, command: str, shown: Shown, ended: Ended, workspace: Path) -> int:
    """Print the result, and write what is to be written."""
    changes, code = ended.changes, 0 if ended.ending in ("nothing", "fixed") else EXIT_NOT_FIXED
    applied = applied_changes(options, changes)
    if options.format is Format.json:
        text = shown.json(ended, command, applied=applied)
    else:
        text = check_sarif(shown, ended, command, workspace) if options.format is Format.sarif else shown.text(ended)
    return tell_result(options, text, changes, ended.cost, applied=applied, code=code)


@contextlib.contextmanager
def _ended_by_signals() -> Generator[None]:
    """Let a request to end (SIGTERM, a closed terminal) end it as Ctrl-C does, so that nothing is left."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    numbers = [signal.SIGTERM, signal.SIGHUP] if os.name == "posix" and task is not None else []
    for number in numbers:
        if task is not None:
            loop.add_signal_handler(number, task.cancel)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
