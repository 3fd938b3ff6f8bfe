"""`check`: one of the user's own commands. `review` and `fix`: Postil's own work, with what proves it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

from postil.core.actions.test_places import is_test
from postil.core.agent.events import FileChange, Place
from postil.engine.base import EngineError
from postil.service.agent.retrieval import Retrieval
from postil.service.agent.tools.base import Arguments, Outcome, Plan, Tool, ToolTrouble
from postil.service.agent.workplace import Workplace
from postil.service.agent.writing import Writer
from postil.service.checks.accepted import is_accepted, question
from postil.service.checks.project import NoSuchCheck, ProjectCheck, names, project_check
from postil.service.verify.check import Check
from postil.service.verify.copy.scratch import scratch_copy
from postil.service.verify.events import CheckEnded, Complained, Ended, SuspectStarted, Tried
from postil.service.verify.every import find_fixes
from postil.service.verify.found import check_of
from postil.service.verify.look import Scope
from postil.service.verify.trouble import CheckTrouble
from postil.service.verify.work import SETTINGS, FixRequest
from postil.service.workspace.files import repository_root

# Of a failing check's output the end says why.
_OWN = "tests"


class RunCheck(Arguments):
    """Of `check`: one of the settings' names; without one the first, else the project's own command."""

    name: str | None = None


class Fix(Arguments):
    """Of `fix`. `path`: the file or folder that may be changed."""

    path: str | None = None
    complaint: str | None = None
    check: str | None = None


def check_named(place: Workplace, name: str | None) -> ProjectCheck:
    """The check of this name. Raises ToolTrouble: there is none."""
    place.need_trust()
    known = names(place.settings)
    name = (name or "").strip()
    if len(known) == 1:
        name = known[0]
    if name and name not in known and name != _OWN and known:
        raise ToolTrouble(f"there is no check called {name!r}: known are {', '.join(known)}")
    if (known and name != _OWN) or name in known:
        try:
            return project_check(place.settings, place.foreign, place.folder, name or known[0])
        except NoSuchCheck as error:
            raise ToolTrouble(str(error)) from None
    found = check_of(place.folder, place.folder)
    if found is None:
        raise ToolTrouble("no check is known here: the user can name one (checks.NAME.command in postil.toml)")
    return ProjectCheck(_OWN, found[0], place.folder, found[1], users=False)


def needs_yes(check: ProjectCheck) -> str:
    """The question to the user about a command line that they haven't said yes to; "" where they have."""
    return "" if is_accepted(check) else question(check)


def working(place: Workplace, writer: Writer, retrieval: Retrieval) -> tuple[Tool[RunCheck], Tool[Fix]]:
    async def plan_check(asked: RunCheck) -> Plan:
        check = check_named(place, asked.name)
        return Plan(f"Check: {check.command}", argv=(check.command,) if needs_yes(check) else ())

    async def run(asked: RunCheck, plan: Plan, progress: Callable[[str], None]) -> Outcome:
        check = check_named(place, asked.name)
        top = repository_root(check.folder) or place.folder
        try:
            async with scratch_copy(top) as scratch:
                runs = Check(scratch, check.command, check.folder.relative_to(top).as_posix())
                outcome = await runs.run(place.settings.fix.seconds)
        except CheckTrouble as error:
            raise ToolTrouble(str(error)) from None
        if outcome.passes:
            count = f" ({len(outcome.passing)} tests)" if outcome.passing else ""
            return Outcome(f"`{check.command}` passes{count}")
        failing = f"failing: {', '.join(outcome.failing[:8])}\n" if outcome.failing else ""
        why = outcome.stopped or f"exit code {outcome.exit_code}"
        room = place.meter.result_chars - len(failing) - 200
        return Outcome(f"`{check.command}` fails ({why})\n{failing}{outcome.text[-room:]}", failed=True)

    async def plan_fix(asked: Fix) -> Plan:
        check = check_named(place, asked.check)
        where = f" in {asked.path}" if asked.path else ""
        return Plan(
            f"Look for a fix{where} that `{check.command}` passes", argv=(check.command,) if needs_yes(check) else ()
        )

    async def fix(asked: Fix, plan: Plan, progress: Callable[[str], None]) -> Outcome:
        check = check_named(place, asked.check)
        ended = await _fixed(place, check, _paths(place, asked), progress)
        if ended.ending == "nothing":
            return Outcome(f"`{check.command}` passes: there is nothing to fix")
        if not ended.changes:
            return Outcome(f"no fix was found: {ended.words}", failed=True)
        changes = await _written(place, writer, ended)
        retrieval.stale()
        shown = "\n".join(one.difference for one in ended.changes)
        names = ", ".join(one.path for one in ended.changes)
        return Outcome(
            f"fixed and verified: {ended.words}\nchanged: {names}\n{shown}",
            failed=bool(ended.failed),
            changes=changes,
            places=tuple(Place(one.path) for one in changes),
        )

    return (
        Tool(
            "check",
            "run the tests and see whether they pass",
            RunCheck,
            plan_check,
            run,
            "check",
        ),
        Tool(
            "fix",
            "mend the code when tests fail or something is wrong",
            Fix,
            plan_fix,
            fix,
            "edit",
        ),
    )


def _paths(place: Workplace, asked: Fix) -> tuple[Path, ...]:
    path = place.resolve(asked.path) if asked.path and asked.path.strip() not in (".", "/") else None
    # Tests are never changed: who names one means what it tests.
    named = path is not None and path.exists() and path != place.folder and not is_test(place.name(path))
    return (path,) if path is not None and named else ()


async def _fixed(
    place: Workplace, check: ProjectCheck, paths: tuple[Path, ...], progress: Callable[[str], None]
) -> Ended:
    limits = place.settings.fix
    scope = Scope(paths, None, tuple(place.settings.review.exclude))
    top = repository_root(check.folder) or place.folder
    request = FixRequest(
        check.command,
        top,
        check.folder,
        limits.samples,
        limits.seconds,
        scope,
        budget=SETTINGS,
        mechanical=limits.mechanical,
    )
    ended: Ended | None = None
    try:
        async with aclosing(find_fixes(request, place.opened)) as events:
            async for event in events:
                match event:
                    case CheckEnded(what, outcome):
                        progress(f"{what}: {'passes' if outcome.passes else 'fails'}")
                    case Complained(complaint):
                        progress(f"failing: {complaint.title}")
                    case SuspectStarted(suspect):
                        progress(f"looking at {suspect.unit.name or suspect.path}")
                    case Tried(number, verdict):
                        progress(f"candidate {number}: {'passes' if verdict.holds else 'does not pass'}")
                    case Ended():
                        ended = event
                    case _:
                        pass
    except (CheckTrouble, EngineError) as error:
        raise ToolTrouble(str(error)) from None
    if ended is None:
        raise ToolTrouble("nothing came of it")
    return ended


async def _written(place: Workplace, writer: Writer, ended: Ended) -> tuple[FileChange, ...]:
    changes: list[FileChange] = []
    for one in ended.changes:
        before, after = (data.decode(one.encoding, "replace") for data in (one.original, one.new))
        path = await asyncio.to_thread(one.file.resolve)
        writer.may_write(path)
        await writer.write(path, before, after)
        place.touched[place.name(path)] = "changed"
        changes.append(FileChange(str(path), before, after))
    return tuple(changes)
