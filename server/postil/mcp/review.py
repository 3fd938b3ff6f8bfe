"""`review`: notes on files or on what has changed, as text."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

from postil.core.persona.persona import Persona
from postil.core.review.sarif import PlacedFinding
from postil.core.suppression.baseline import Baseline
from postil.core.suppression.dismissed import Dismissed
from postil.core.syntax.split import plan
from postil.core.text.plain import one_line, plain
from postil.core.verify.patch import difference
from postil.mcp.host import Host, Refused, Tell
from postil.mcp.places import MOST_FILES, Places
from postil.service.calibrate.store import calibrated
from postil.service.config.workspace import reads
from postil.service.personas.admin import known_personas
from postil.service.review.baseline import baseline_file, load, path_in
from postil.service.review.context import ReviewContext
from postil.service.review.events import UnitFailed, UnitFinished, UnitStarted
from postil.service.review.fallback import Fallback
from postil.service.review.targets import NoTargets, ReviewedFile, concerns, find_targets, reviewed_file
from postil.service.review.units import review_units
from postil.service.workspace.files import Skipped, read_source
from postil.settings import Settings

_MOST_NOTES = 100


@dataclass(slots=True)
class Reviewed:
    """`failures`: what could not be reviewed; `notes`: sentences about what was left out."""

    found: list[PlacedFinding] = field(default_factory=list[PlacedFinding])
    failures: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])
    units: int = 0
    files: int = 0


async def review(host: Host, tell: Tell, paths: Sequence[str], diff: str, *, staged: bool) -> str:
    """The notes as text. Raises Refused, EngineError."""
    settings = await asyncio.to_thread(lambda: host.loaded().settings)
    reviewed = Reviewed()
    files = await _files(host, settings, paths, diff, staged, reviewed)
    personas = await asyncio.to_thread(_personas, host, settings)
    baseline = await asyncio.to_thread(_baseline, host, settings, reviewed)
    fallback = Fallback()
    reviewed.files = len(files)
    for persona in personas:
        wanted = [
            file
            for file in files
            if persona.speaks(file.language) and reads(persona, str(host.root / file.path), host.workspace)
        ]
        if wanted:
            context = await calibrated(await host.context(settings, persona), host.workspace)
            context = replace(context, baseline=baseline, show="all")
            for number, file in enumerate(wanted):
                await tell(f"{file.path} ({number + 1} of {len(wanted)}, {persona.name})")
                await _one(host, tell, context, file, baseline, fallback, reviewed)
    return text_of(reviewed)


async def _files(
    host: Host, settings: Settings, paths: Sequence[str], diff: str, staged: bool, reviewed: Reviewed
) -> list[ReviewedFile]:
    exclude = settings.review.exclude
    places = Places(host.root, exclude)
    if not diff and not staged:
        if not paths:
            raise Refused("name what to review: paths, a diff (a revision such as HEAD), or staged")
        skipped: list[Skipped] = []

        def read() -> list[ReviewedFile]:
            each = (reviewed_file(path, host.root, read_source(path), None, skipped) for path in places.files(paths))
            return [file for file in each if file is not None]

        files = await asyncio.to_thread(read)
        reviewed.notes += [f"{one.path.name} was not read: {one.reason}" for one in skipped]
        return files
    if not settings.trust_workspace:
        # git may start programs that the repository's configuration names.
        raise Refused("this workspace isn't trusted (trust_workspace), and git isn't run in it: name paths instead")
    given = [await asyncio.to_thread(places.path, path) for path in paths]
    targets = await find_targets(given, host.root, exclude, rev=diff or None, staged=staged)
    if isinstance(targets, NoTargets):
        raise Refused(f"{targets.message}: name paths instead, or another diff")
    # A repository may be larger than the workspace, and its index may hold what isn't to be read.
    files = [file for file in targets.files if await asyncio.to_thread(places.readable, host.root / file.path)]
    if len(files) > MOST_FILES:
        raise Refused(f"that are more than {MOST_FILES} files: name paths as well")
    return files


def _personas(host: Host, settings: Settings) -> list[Persona]:
    known = known_personas(settings, host.workspace)
    names = known.names("review")
    unknown = [name for name in settings.review.personas if name not in names]
    if unknown:
        raise Refused(f"no review persona is called {unknown[0]!r}: change review.personas to {', '.join(names)}")
    return [known.personas[name] for name in dict.fromkeys(settings.review.personas)]


def _baseline(host: Host, settings: Settings, reviewed: Reviewed) -> Baseline:
    if not settings.trust_workspace:
        return Baseline()
    found, problem = load(baseline_file(host.workspace))
    reviewed.notes += [problem] if problem is not None else []
    return found


async def _one(
    host: Host,
    tell: Tell,
    context: ReviewContext,
    file: ReviewedFile,
    baseline: Baseline,
    fallback: Fallback,
    reviewed: Reviewed,
) -> None:
    text = "\n".join(file.lines) + "\n"
    units = await asyncio.to_thread(plan, text, file.language, file.spans)
    most = context.settings.review.max_units
    if len(units) > most:
        reviewed.notes.append(f"{file.path}: only the first {most} of {len(units)} units were read (review.max_units)")
    path = path_in(host.workspace, host.root / file.path)
    dismissed = Dismissed("\n".join(file.lines), path, file.language, baseline)
    async with aclosing(
        review_units(replace(context, path=str(host.root / file.path)), units[:most], fallback, reviewed.notes.append)
    ) as events:
        async for event in events:
            match event:
                case UnitStarted(unit):
                    await tell(f"{file.path}: {unit.name}")
                case UnitFinished(unit, findings):
                    reviewed.units += 1
                    if event.unread:
                        reviewed.failures.append(f"{file.path}: {unit.name} could not be reviewed: {event.unread}")
                    reviewed.found += [
                        file.place(unit, finding)
                        for finding in findings
                        if concerns(file, unit, finding)
                        and not dismissed.hides(finding, unit.name, finding.lines.shifted(unit.first_line))
                    ]
                case UnitFailed(unit, message):
                    reviewed.units += 1
                    reviewed.failures.append(f"{file.path}: {unit.name}: {message}")
                case _:
                    pass


def text_of(reviewed: Reviewed) -> str:
    """For a caller that is a model, or a person."""
    found = sorted(reviewed.found, key=lambda placed: (placed.path, placed.lines.first))
    lines: list[str] = []
    for placed in found[:_MOST_NOTES]:
        finding = placed.finding
        standing = "opinion" if finding.standing == "unmeasured" else finding.standing
        head = f"{placed.path}:{placed.lines.first + 1}: {finding.severity.name.lower()} ({standing})"
        lines.append(f"{head}: {one_line(finding.message)}")
        if finding.fix is not None:
            lines.append(_proposal(placed))
    if len(found) > _MOST_NOTES:
        lines.append(f"({len(found) - _MOST_NOTES} more notes: name fewer files)")
    count = f"{len(found)} note{'' if len(found) == 1 else 's'}"
    read = f"{reviewed.files} file{'' if reviewed.files == 1 else 's'}, {reviewed.units} units read"
    lines.append(f"{count} ({read}).")
    if found:
        lines.append(
            "These are a model's opinions. Nothing has checked them: give one to the tool fix to have it proved."
        )
    lines += [f"Not reviewed: {plain(one)}" for one in reviewed.failures]
    lines += [plain(one) for one in dict.fromkeys(reviewed.notes)]
    return "\n".join(lines)


def _proposal(placed: PlacedFinding) -> str:
    """The proposed change, as a difference of the file."""
    fix = placed.finding.fix
    assert fix is not None
    span = fix.span.shifted(placed.first_line)
    new = fix.new.split("\n") if fix.new or fix.old else []
    after = [*placed.source[: span.first], *(new if fix.new else []), *placed.source[span.last :]]
    before = "\n".join(placed.source) + "\n"
    return plain(difference(Path(placed.path).as_posix(), before, "\n".join(after) + "\n")).rstrip("\n")
