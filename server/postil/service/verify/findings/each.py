"""Runs a tool in a copy, and mends what it finds, one finding after the other; each fix stays for those behind it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from postil.core.request import Usage
from postil.core.review.finding import Span
from postil.core.verify.findings.finding import Identity, ToolFinding, find_like, new_findings
from postil.core.verify.findings.oracle import FindingOracle, SarifReader, ToolReader
from postil.core.verify.findings.suspects import finding_complaint, finding_suspects
from postil.core.verify.findings.tools import tools
from postil.core.verify.oracle import Reader
from postil.core.verify.outcome import Outcome
from postil.engine.base import EngineError
from postil.service.review.context import ReviewContext
from postil.service.verify.check import Check
from postil.service.verify.copy.scratch import scratch_copy
from postil.service.verify.events import CheckEnded, CheckStarted, Cost, Ended, Suspected, changes_of
from postil.service.verify.findings.events import (
    FindingResult,
    FindingsEnded,
    FindingsEvent,
    FindingsFound,
    FindingsRequest,
    FindingStarted,
)
from postil.service.verify.findings.guard import Guard
from postil.service.verify.look import Look
from postil.service.verify.mend import Mending
from postil.service.verify.trouble import CheckTrouble
from postil.service.verify.work import Work

_NOT_ALLOWED = "in a test, in configuration, or not among the files that may be changed"


async def find_finding_fixes(
    request: FindingsRequest, opened: Callable[[], Awaitable[ReviewContext]]
) -> AsyncGenerator[FindingsEvent]:
    """Yields what happens, and FindingsEnded at last. Nothing of the user's tree is changed. `opened`: asked once for
    the engine and the model, when there is something to mend. Raises CheckTrouble, EngineError."""
    fix = request.fix
    async with scratch_copy(fix.workspace, fix.unsaved) as scratch:
        folder = fix.folder.relative_to(fix.workspace).as_posix()
        root = str(scratch.root)
        reader: Reader
        if request.tool:
            reader = ToolReader(request.tool, root, folder, tools()[request.tool].stderr)
        else:
            reader = SarifReader(root, folder, request.drivers)
        each = _Each(request, Check(scratch, fix.command, folder, reader), opened)
        async with aclosing(each.events()) as events:
            async for event in events:
                yield event


@dataclass(slots=True)
class _Each:
    request: FindingsRequest
    check: Check
    opened: Callable[[], Awaitable[ReviewContext]]
    began: float = field(default_factory=time.monotonic)
    context: ReviewContext | None = None
    guard: Guard | None = None
    # Files for which the control was made.
    noticed: set[str] = field(default_factory=set[str])
    works: list[Work] = field(default_factory=list[Work])
    results: list[FindingResult] = field(default_factory=list[FindingResult])

    async def events(self) -> AsyncGenerator[FindingsEvent]:
        name = self.request.name
        what = f"with {name}"
        yield CheckStarted(what)
        first = await self._run()
        yield CheckEnded(what, first)
        findings = first.findings or ()
        look, targets, found = await self._targets(findings)
        yield found
        if targets:
            yield CheckStarted("the same again")
            again = (await self._run()).findings or ()
            if new_findings(findings, again) or new_findings(again, findings):
                raise CheckTrouble(f"{name} can't be used: it told of other findings when it was run again")
            if self.request.guard:
                yield CheckStarted(f"with {self.request.guard}")
                self.guard = await Guard.of(self._guard_check(), max(self._left, 1.0))
                yield CheckEnded(f"with {self.request.guard}", self.guard.before)
        failed: Counter[Identity] = Counter()
        todo, number = list(targets), 0
        why = f"the time is up: {self.request.fix.budget.seconds} gives more"
        while todo and self._left > 0:
            finding = todo[0]
            number += 1
            yield FindingStarted(number, len(targets), finding)
            try:
                async with aclosing(self._one(look, findings, finding)) as events:
                    async for event in events:
                        if not isinstance(event, tuple):
                            yield event
                            continue
                        result, after = event
                        self.results.append(result)
                        yield result
                        if result.fixed is not None:
                            findings = after
                        else:
                            failed[finding.identity] += 1
            except (CheckTrouble, EngineError) as error:
                # What is proved stays.
                if not any(one.fixed for one in self.results):
                    raise
                why = str(error)
                break
            todo = self._still(targets, findings, failed)
        for one in todo:
            self.results.append(FindingResult(one, "left", why))
        self.results += self._also(targets)
        yield self._ended()

    @property
    def _left(self) -> float:
        return self.request.fix.seconds - (time.monotonic() - self.began)

    async def _run(self) -> Outcome:
        """Of the code as it is; an outcome with findings."""
        found = await self.check.run(max(self._left, 1.0))
        name = self.request.name
        if found.stopped:
            seconds = self.request.fix.budget.seconds
            raise CheckTrouble(f"{name} can't be used: {found.stopped}. Name fewer files, or raise {seconds}")
        if found.findings is None:
            last = found.text.strip().rpartition("\n")[2] or f"exit code {found.exit_code}"
            raise CheckTrouble(f"{name} can't be used: {last} (it was run as: {self.check.command})")
        return found

    async def _targets(self, findings: tuple[ToolFinding, ...]) -> tuple[Look, tuple[ToolFinding, ...], FindingsFound]:
        fix = self.request.fix
        await self.check.settle()
        # The command's words name no files of its own: they name what it looks at.
        look = await Look.at(fix.workspace, self.check.scratch.root, fix.scope, "", named=True)
        wanted = findings
        if self.request.wanted is not None:
            like = [(one, find_like(findings, one.path, one.line, rule=one.rule, message=one.message))
                    for one in self.request.wanted]  # fmt: skip
            wanted = tuple(dict.fromkeys(found for _, found in like if found is not None))
            self.results += [
                FindingResult(
                    ToolFinding(self.request.name, one.rule, one.message, one.path, Span(one.line, one.line + 1)),
                    "gone",
                    f"{self.request.name} doesn't report it (any more)",
                )
                for one, found in like
                if found is None
            ]
        targets = tuple(one for one in wanted if look.allows(one.path, one.span))
        left = len(wanted) - len(targets)
        told = ((_NOT_ALLOWED, left),) if left else ()
        return look, targets, FindingsFound(targets, len(findings) - len(wanted), told)

    async def _one(
        self, look: Look, findings: tuple[ToolFinding, ...], finding: ToolFinding
    ) -> AsyncGenerator[FindingsEvent | tuple[FindingResult, tuple[ToolFinding, ...]]]:
        """One finding; at last what came of it, and the findings after it."""
        await asyncio.to_thread(self.check.restore)
        look.files.pop(finding.path, None)
        file = await asyncio.to_thread(look.read, finding.path)
        if file is None:
            yield FindingResult(finding, "unfixed", f"{finding.path} can't be read"), findings
            return
        suspects = finding_suspects(finding, file.units, file.lines, file.language)
        complaint = finding_complaint(finding, file.lines)
        complaint = replace(complaint, words=complaint.words.replace(f"{self.check.scratch.root}/", ""))
        yield Suspected(tuple(suspects))
        oracle = FindingOracle(findings, finding, self.request.name)
        work = Work(self.request.fix, self.check, oracle, self.began, guard=self.guard, noticed=self.noticed)
        self.works.append(work)
        mending = Mending(work, self._open)
        async with aclosing(mending.events(look, complaint, suspects)) as events:
            async for event in events:
                if not isinstance(event, Ended):
                    yield event
                elif event.fixed is None or mending.after is None:
                    yield FindingResult(finding, "unfixed", event.words), findings
                else:
                    self.check.base[event.fixed.patch.path] = event.fixed.new
                    after = mending.after.findings or ()
                    yield FindingResult(finding, "fixed", event.words, event.fixed), after

    def _guard_check(self) -> Check:
        fix = self.request.fix
        folder = (self.request.guard_folder or fix.folder).relative_to(fix.workspace).as_posix()
        return Check(self.check.scratch, self.request.guard, folder, base=self.check.base)

    async def _open(self) -> ReviewContext:
        if self.context is None:
            self.context = await self.opened()
        return self.context

    def _still(
        self, targets: tuple[ToolFinding, ...], findings: tuple[ToolFinding, ...], failed: Counter[Identity]
    ) -> list[ToolFinding]:
        """Those of the targets that the tool still tells of, where they are now, without those that weren't mended."""
        wanted = Counter(one.identity for one in targets)
        seen: Counter[Identity] = Counter()
        still: list[ToolFinding] = []
        for one in findings:
            seen[one.identity] += 1
            if failed[one.identity] < seen[one.identity] <= wanted[one.identity]:
                still.append(one)
        return still

    def _also(self, targets: tuple[ToolFinding, ...]) -> list[FindingResult]:
        """The targets that nobody had to look at, because they went with another one."""
        looked = Counter(one.finding.identity for one in self.results)
        found: list[FindingResult] = []
        for one in targets:
            if looked[one.identity] > 0:
                looked[one.identity] -= 1
            else:
                found.append(FindingResult(one, "also", "it went with the fix of another finding"))
        return found

    def _ended(self) -> FindingsEnded:
        usage = sum((one.usage for work in self.works for one in work.generations), Usage())
        cost = Cost(
            time.monotonic() - self.began,
            sum(work.answers for work in self.works),
            sum(work.tried for work in self.works),
            self.check.runs + (self.guard.check.runs if self.guard else 0),
            self.check.seconds + (self.guard.check.seconds if self.guard else 0.0),
            usage,
        )
        fixes = [one.fixed for one in self.results if one.fixed is not None]
        return FindingsEnded(self.request.name, tuple(self.results), changes_of(fixes), cost)
