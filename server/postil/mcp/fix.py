"""`fix`: a fix that a check or a tool has passed, as a difference with its proof; nothing else is ever given."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from postil.core.text.plain import one_line, plain, plain_lines
from postil.core.verify.findings.tools import tool_of_source, tools
from postil.mcp.host import Host, Refused, Tell
from postil.mcp.places import Places
from postil.service.checks.accepted import guard_of, is_accepted, question
from postil.service.checks.editor_fix import step_words
from postil.service.checks.project import NoSuchCheck, ProjectCheck, names, project_check
from postil.service.config.here import workspace_of
from postil.service.config.load import LoadedSettings
from postil.service.review.context import ReviewContext
from postil.service.verify.apply import apply_changes
from postil.service.verify.events import Change, Ended, Fixed
from postil.service.verify.every import find_fixes
from postil.service.verify.findings.each import find_finding_fixes
from postil.service.verify.findings.events import (
    FindingResult,
    FindingsEnded,
    FindingsEvent,
    FindingsFound,
    FindingsRequest,
    FindingStarted,
    Wanted,
)
from postil.service.verify.findings.program import tool_command
from postil.service.verify.found import check_of
from postil.service.verify.look import Scope
from postil.service.verify.trouble import ApplyTrouble, CheckTrouble
from postil.service.verify.work import SETTINGS, FixRequest
from postil.service.workspace.files import repository_root
from postil.service.workspace.languages import language_of

_PERSONA = "repairer"
# The command that the project itself names (package.json, Makefile …), unless a check has this name.
_TESTS = "tests"
_COMPLAINT = re.compile(r"\s*(?P<path>[^\n]+?):(?P<line>\d+)(?::\d+)?(?:\s*[:,-]\s*|\s+)(?P<message>\S[^\n]*)")
_RULE = re.compile(r"\b[A-Z]{1,6}\d{2,5}\b|(?<=\[)[\w/@-]+(?=\])")

Opened = Callable[[], Awaitable[ReviewContext]]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller asks for. `complaint`: `path:line message`; `check`: of the settings; `tool`: of the table."""

    complaint: str = ""
    check: str = ""
    tool: str = ""
    apply: bool = False


@dataclass(frozen=True, slots=True)
class _Result:
    """`told`: what was proved, or why there is nothing; `looked`: whether the check or tool knew of the complaint."""

    told: str
    changes: tuple[Change, ...] = ()
    looked: bool = True


async def fix(host: Host, tell: Tell, wish: Wish) -> str:
    """The difference and its proof, or why there is none. Raises Refused, CheckTrouble, EngineError."""
    if host.fixing.locked():
        await tell("waiting for another fix")
    async with host.fixing:
        loaded = await asyncio.to_thread(host.loaded)
        settings = loaded.settings
        if not settings.trust_workspace:
            raise Refused("a check runs the workspace's code, and it isn't trusted: set trust_workspace yourself")
        top = repository_root(host.root) or workspace_of(host.root) or host.root
        places = Places(host.root, settings.review.exclude)
        # Nothing outside of the workspace is changed, though the copy is of the whole repository.
        scope = Scope((host.root,)) if top != host.root else Scope()
        request = FixRequest(
            "",
            top,
            host.root,
            settings.fix.samples,
            settings.fix.seconds,
            scope,
            budget=SETTINGS,
            mechanical=settings.fix.mechanical,
        )
        persona = await asyncio.to_thread(host.persona, settings, _PERSONA)
        work = _Work(host, tell, places, loaded, request, lambda: host.context(settings, persona))
        if wish.complaint.strip():
            result = await work.complaint(wish)
        elif wish.tool:
            raise Refused("tool goes with a complaint: say path:line and the tool's words")
        else:
            result = await work.check(wish.check)
        return await work.told(result, apply=wish.apply)


@dataclass(slots=True)
class _Work:
    host: Host
    tell: Tell
    places: Places
    loaded: LoadedSettings
    request: FixRequest
    opened: Opened

    async def check(self, name: str, only: Path | None = None) -> _Result:
        """A check of the settings, or the project's own."""
        check = await asyncio.to_thread(self._named, name)
        request = replace(self.request, command=check.command, folder=check.folder)
        if only is not None:
            request = replace(request, scope=Scope((only,)))
        ended: Ended | None = None
        async with aclosing(find_fixes(request, self.opened)) as events:
            async for event in events:
                ended = event if isinstance(event, Ended) else ended
                if words := step_words(event):
                    await self.tell(words)
        if ended is None:
            raise CheckTrouble("nothing came of it")
        if not ended.changes:
            return _Result(f"No fix: {ended.words}")
        proofs = [_proof(one.fixed, "the check", one.test) for one in ended.fixes]
        left = f"\nStill failing: {', '.join(ended.failed)}" if ended.failed else ""
        return _Result("\n".join(proofs) + left, ended.changes)

    async def complaint(self, wish: Wish) -> _Result:
        """What a tool says of a line; or, if no tool says that, a check that may only be mended in that file."""
        said = _COMPLAINT.match(wish.complaint)
        if said is None:
            raise Refused("a complaint is path:line and what is wrong there, such as: src/shop.py:12 undefined name x")
        file = await asyncio.to_thread(self.places.file, said["path"])
        message = one_line(said["message"])
        asked = self._tools(wish.tool, file, message)
        why: list[str] = []
        for name in asked:
            try:
                result = await self._with_tool(name, file, int(said["line"]) - 1, message)
            except CheckTrouble as trouble:
                why.append(str(trouble))
                continue
            if result.looked:
                return result
            why.append(result.told)
        if not wish.tool and (wish.check or names(self.loaded.settings)):
            return await self.check(wish.check, file)
        reasons = "; ".join(why) or "no tool that Postil knows reads this language"
        raise Refused(
            f"nothing here can prove a fix of that ({reasons}): name a check or a tool that fails because of it"
        )

    async def _with_tool(self, name: str, file: Path, line: int, message: str) -> _Result:
        top = self.request.workspace
        command = await asyncio.to_thread(tool_command, name, self.host.root, top, (file,))
        request = replace(self.request, command=command.command, folder=command.folder, scope=Scope((file,)))
        rule = _RULE.search(message)
        words = _bare(message, name, rule[0] if rule else "")
        wanted = Wanted(file.relative_to(top).as_posix(), line, rule[0] if rule else "", words)
        found = FindingsRequest(request, name, wanted=(wanted,))
        settings, foreign = self.loaded.settings, self.loaded.foreign_checks
        guard = await asyncio.to_thread(guard_of, settings, foreign, workspace_of(self.host.root) or top)
        if guard is not None:
            found = replace(found, guard=guard.command, guard_folder=guard.folder)
        ended: FindingsEnded | None = None
        async with aclosing(find_finding_fixes(found, self.opened)) as events:
            async for event in events:
                ended = event if isinstance(event, FindingsEnded) else ended
                if words := _step(event):
                    await self.tell(words)
        if ended is None:
            raise CheckTrouble("nothing came of it")
        if not ended.changes:
            known = any(one.ending != "gone" for one in ended.results)
            reasons = "; ".join(dict.fromkeys(one.words for one in ended.results)) or ended.words
            return _Result(f"No fix: {reasons}" if known else reasons, looked=known)
        proofs = [_proof(one.fixed, name, "") for one in ended.results if one.fixed is not None]
        return _Result("\n".join(proofs), ended.changes)

    async def told(self, result: _Result, *, apply: bool) -> str:
        """The text for the caller; writes the files if that is wanted."""
        if not result.changes:
            return plain(result.told)
        for change in result.changes:
            if not await asyncio.to_thread(self.places.readable, change.file):
                raise Refused(f"the fix is in {plain(change.path)}, which isn't to be changed: nothing was written")
        text = f"{plain(result.told)}\n\n{_differences(result.changes)}"
        if not apply:
            return f"{text}\nNothing was written: apply the difference, or ask again with apply."
        try:
            # A cancelled call is answered by then: a file is written whole or not at all.
            await asyncio.to_thread(apply_changes, result.changes)
        except ApplyTrouble as trouble:
            raise Refused(f"{trouble}\n\n{text}") from None
        return f"{text}\nWritten: {', '.join(plain(change.path) for change in result.changes)}"

    def _named(self, name: str) -> ProjectCheck:
        """Raises Refused."""
        settings, top = self.loaded.settings, self.request.workspace
        known = names(settings)
        if not name:
            if len(known) != 1:
                listed = f"one of {', '.join(known)}" if known else "tests, or set checks.NAME.command in postil.toml"
                raise Refused(f"name a check ({listed}), or give a complaint")
            name = known[0]
        if name == _TESTS and name not in known:
            found = check_of(self.host.root, top)
            if found is None:
                raise Refused("this project names no command for its tests: set checks.tests.command in postil.toml")
            check = ProjectCheck(_TESTS, found[0], top, found[1], users=False)
        else:
            try:
                check = project_check(settings, self.loaded.foreign_checks, workspace_of(self.host.root) or top, name)
            except NoSuchCheck as problem:
                raise Refused(f"{problem}. A command of your own isn't run") from None
        if not is_accepted(check):
            raise Refused(
                f"{question(check)} The user hasn't said yes to that line: they can, in a terminal in {self.host.root}:"
                f" postil fix{'' if check.name == _TESTS else f' --check {check.name}'}"
            )
        return check

    def _tools(self, tool: str, file: Path, message: str) -> Sequence[str]:
        """The tools to ask, the likeliest first."""
        if tool:
            name = tool_of_source(tool) or (tool if tool in tools() else None)
            if name is None:
                raise Refused(f"the tool {one_line(tool)[:80]!r} isn't known: use {', '.join(tools())}")
            return (name,)
        language = language_of(file.name)
        named = [name for name in tools() if re.search(rf"\b{re.escape(name)}\b", message, re.IGNORECASE)]
        return named or [name for name, one in tools().items() if language in one.languages]


def _bare(message: str, tool: str, rule: str) -> str:
    """A tool's own words, without its name and the rule around them."""
    words = message
    for part in (rule, tool):
        words = re.sub(rf"^\W*{re.escape(part)}\b\W*", "", words, flags=re.IGNORECASE) if part else words
    words = words.removesuffix(f"[{rule}]").removesuffix(f"({rule})") if rule else words
    # `F821` may stand behind the tool's name.
    return re.sub(rf"^\W*{re.escape(rule)}\b:?\s*", "", words).strip() if rule else words.strip()


def _step(event: FindingsEvent) -> str:
    match event:
        case FindingsFound(targets):
            return f"{len(targets)} to mend"
        case FindingStarted():
            return one_line(f"mending {event.finding.path}: {event.finding.message}")
        case FindingResult():
            return one_line(event.words)
        case FindingsEnded():
            return ""
        case _:
            return step_words(event)


def _proof(fixed: Fixed | None, by: str, test: str) -> str:
    if fixed is None:
        return ""
    what = f"{test} is fixed: " if test else ""
    warnings = "".join(f"\nlook at it: {one}" for one in fixed.warnings)
    return f"verified by {by}: {what}{fixed.verdict.words}{warnings}"


def _differences(changes: Sequence[Change]) -> str:
    return "".join(plain_lines(change.difference) for change in changes)
