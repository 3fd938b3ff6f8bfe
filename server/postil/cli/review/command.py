"""`postil review`: files reviewed from the command line, for people, for CI and for pre-commit.

Exit codes: 0 no finding at or over --fail-on; 1 at least one; 2 wrong usage or settings; 3 engine or model
unavailable, a unit could not be reviewed, or an unexpected failure; 130 interrupted (what was found until then is
printed).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperCommand

from postil.cli.report.github import GithubReporter
from postil.cli.report.json import DocumentReporter, document, sarif
from postil.cli.report.report import Report, Reporter
from postil.cli.report.text import TextReporter
from postil.cli.review.baseline import dismiss_all, file_of, known_at
from postil.cli.review.engine import open_contexts
from postil.cli.review.run import ReviewBaseline, run_review, tally_of
from postil.cli.running import EXIT_ENGINE, any_text_to_stdout, exit_code, say
from postil.cli.user_personas import fits, reviewers, workspace_here
from postil.cli.user_settings import checked_settings
from postil.core.persona.persona import Persona
from postil.core.review.finding import Severity
from postil.service.calibrate.store import calibrated
from postil.service.models.stores import WrongUsage
from postil.service.review.baseline import BaselineTrouble
from postil.service.review.targets import NoTargets, ReviewedFile, Targets, find_targets
from postil.settings import Settings

EXIT_FINDINGS = 1


class Format(StrEnum):
    """How the report is written."""

    text = "text"
    json = "json"
    sarif = "sarif"
    github = "github"


class Colour(StrEnum):
    """Colour in text: `auto` asks the terminal and NO_COLOR."""

    auto = "auto"
    always = "always"
    never = "never"


class Shown(StrEnum):
    """The least certain opinions that are printed. What a check has shown is `postil fix`'s."""

    calibrated = "calibrated"
    all = "all"


class FailOn(StrEnum):
    """The least serious finding that makes the exit code 1."""

    error = "error"
    warning = "warning"
    information = "information"
    hint = "hint"
    never = "never"


@dataclass(frozen=True, slots=True)
class ReviewOptions:
    """The command's options."""

    paths: tuple[Path, ...] = ()
    diff: str | None = None
    staged: bool = False
    personas: tuple[str, ...] = ()
    pull: bool = False
    format: Format = Format.text
    fail_on: FailOn = FailOn.error
    output: Path | None = None
    baseline: str | None = None
    write_baseline: bool = False
    config: Path | None = None
    colour: Colour = Colour.auto
    show: Shown = Shown.all
    flags: Mapping[str, object] | None = None


class ReviewCommand(TyperCommand):
    """Gives `--diff` and `--baseline` their optional values: a path after them stays a path.

    Typer keeps the class of `ctx` to itself."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, expand_baseline(expand_diff(args)))


def expand_diff(arguments: Sequence[str]) -> list[str]:
    """`--diff` without a revision as `--diff=HEAD`. What follows is a revision unless it exists as a path (then write
    `--diff=NAME` to mean the revision)."""
    return _expand(arguments, "--diff", "HEAD", lambda word: not Path(word).exists())


def expand_baseline(arguments: Sequence[str]) -> list[str]:
    """`--baseline` without a file as `--baseline=`. What follows is a file only if it ends in `.json`."""
    return _expand(arguments, "--baseline", "", lambda word: word.endswith(".json"))


def _expand(arguments: Sequence[str], option: str, default: str, is_value: Callable[[str], bool]) -> list[str]:
    """The arguments with `option=VALUE` for each `option`: the next word, when it is no option and `is_value`."""
    out: list[str] = []
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == "--":
            return [*out, argument, *rest]
        if argument == option:
            follows = bool(rest) and not rest[0].startswith("-") and is_value(rest[0])
            argument = f"{option}={rest.pop(0) if follows else default}"
        out.append(argument)
    return out


def review(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files and folders. Default: this folder.", show_default=False)
    ] = None,
    diff: Annotated[
        str | None,
        typer.Option("--diff", metavar="[REV]", help="Only lines that differ from REV (default HEAD), new files too."),
    ] = None,
    staged: Annotated[bool, typer.Option("--staged", help="Only lines that are staged for the next commit.")] = False,
    persona: Annotated[
        list[str] | None, typer.Option("--persona", "-p", help="The persona that reviews; may be repeated.")
    ] = None,
    model: Annotated[str | None, typer.Option("--model", "-m", help="The model, e.g. qwen2.5-coder:1.5b.")] = None,
    engine: Annotated[str | None, typer.Option("--engine", help="auto, ollama, openai or embedded.")] = None,
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", help="Units reviewed at the same time.")] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How the report is written.")] = Format.text,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit with 1 when a finding is at least this serious.")
    ] = FailOn.error,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the report to this file.")] = None,
    pull: Annotated[bool, typer.Option("--pull", help="Fetch the model first when it isn't here.")] = False,
    min_score: Annotated[
        float | None, typer.Option("--min-score", help="Show notes at least this sure (0..1).")
    ] = None,
    show: Annotated[
        Shown, typer.Option("--show", help="The least certain notes: opinions that are calibrated, or all.")
    ] = Shown.all,
    method: Annotated[str | None, typer.Option("--method", help="auto, edit or list.")] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline", metavar="[FILE]", help="Leave out what FILE has dismissed (default .postil/baseline.json)."
        ),
    ] = None,
    write_baseline: Annotated[
        bool,
        typer.Option("--write-baseline", help="Dismiss all that is found: write it into the baseline, exit with 0."),
    ] = False,
    config: Annotated[
        Path | None, typer.Option("--config", help="A settings file to use in place of the user's.")
    ] = None,
    color: Annotated[Colour, typer.Option("--color", help="Colour in text.")] = Colour.auto,
) -> None:
    """Review files with a model on your own machine and print its notes.

    Exit codes: 0 no finding at or over --fail-on; 1 at least one; 2 wrong usage or settings; 3 engine or
    model unavailable, or some code could not be reviewed; 130 interrupted.
    """
    flags = {
        "engine": engine,
        "jobs": jobs,
        "model.review": model,
        "review.min_score": min_score,
        "review.method": method,
        "review.personas": tuple(persona) if persona else None,
    }
    options = ReviewOptions(
        paths=tuple(paths or ()),
        diff=diff,
        staged=staged,
        personas=tuple(persona or ()),
        pull=pull,
        format=format,
        fail_on=fail_on,
        output=output,
        baseline=baseline,
        write_baseline=write_baseline,
        config=config,
        colour=color,
        show=show,
        flags=flags,
    )
    raise typer.Exit(main(options, Path.cwd()))


def main(options: ReviewOptions, root: Path) -> int:
    """Reviews files at `root`, prints the report, and returns the exit code."""
    return exit_code(lambda: _review(options, root), usage=(BaselineTrouble,))


async def _review(options: ReviewOptions, root: Path) -> int:
    if options.config is not None and not options.config.is_file():
        raise WrongUsage(f"--config: no such file: {options.config}")
    settings = checked_settings(root, options.flags, options.config).settings
    file = file_of(options.baseline, root)
    known = known_at(file, root, use=options.baseline is not None, write=options.write_baseline)
    personas = await reviewers(settings, root)
    targets = await find_targets(options.paths, root, settings.review.exclude, rev=options.diff, staged=options.staged)
    if isinstance(targets, NoTargets):
        raise WrongUsage(targets.message)
    with ExitStack() as stack:
        reporter = _reporter(options, root, stack)
        if not targets.files:
            report = tally_of(targets, root).report(skipped=targets.skipped, personas=tuple(personas))
            reporter.finish(report)
        else:
            report = await _run(options, settings, personas, targets, reporter, root, known)
    if options.write_baseline:
        more = len(dismiss_all(file, known, report, targets.files).dismissed) - len(known.baseline.dismissed)
        say(f"{more} more {'note is' if more == 1 else 'notes are'} dismissed in {file}: read it before you commit it")
        return EXIT_ENGINE if report.not_reviewed else 0
    return findings_code(report, options.fail_on)


async def _run(
    options: ReviewOptions,
    settings: Settings,
    personas: list[Persona],
    targets: Targets,
    reporter: Reporter,
    root: Path,
    known: ReviewBaseline,
) -> Report:
    workspace = workspace_here(root)
    opened = await open_contexts(settings, personas, pull=options.pull)

    def wanted(persona: Persona, file: ReviewedFile) -> bool:
        return fits(persona, root / file.path, file.language, workspace)

    try:
        contexts = [
            replace(await calibrated(context, workspace), baseline=known.baseline, show=options.show.value)
            for context in opened.contexts
        ]
        return await run_review(contexts, targets, reporter, opened.name, wanted, known)
    finally:
        await opened.aclose()


def findings_code(report: Report, fail_on: FailOn) -> int:
    """The exit code of a finished run."""
    least = None if fail_on is FailOn.never else Severity.parse(fail_on.value)
    if report.reaches(least):
        return EXIT_FINDINGS
    return EXIT_ENGINE if report.not_reviewed else 0


def _reporter(options: ReviewOptions, root: Path, stack: ExitStack) -> Reporter:
    """The reporter of a format, writing to standard output or to --output."""
    out = sys.stdout
    if options.output is not None:
        try:
            out = stack.enter_context(options.output.open("w", encoding="utf-8"))
        except OSError as error:
            raise WrongUsage(f"--output: can't write {options.output}: {error.strerror or error}") from None
    else:
        any_text_to_stdout()
    if options.format is Format.json:
        return DocumentReporter(document, out.write)
    if options.format is Format.sarif:
        return DocumentReporter(lambda report: sarif(report, root), out.write)
    if options.format is Format.github:

        def write(line: str) -> None:
            out.write(line)
            out.flush()

        return GithubReporter(write)
    forced = {Colour.always: True, Colour.never: False, Colour.auto: None}[options.colour]
    system = None if options.colour is Colour.never else "auto"
    console = Console(
        file=out,
        force_terminal=forced or None,
        color_system=system,
        highlight=False,
        markup=False,
        emoji=False,
    )
    return TextReporter(console)
