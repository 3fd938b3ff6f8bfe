"""Mends one failing test of a check after the other; each fix stays for those behind it."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace

from postil.engine.base import EngineError
from postil.service.review.context import ReviewContext
from postil.service.verify.events import Complained, Ended, FixEvent, TestFixed, changes_of
from postil.service.verify.repair import find_fix
from postil.service.verify.trouble import CheckTrouble
from postil.service.verify.work import FixRequest


async def find_fixes(request: FixRequest, opened: Callable[[], Awaitable[ReviewContext]]) -> AsyncGenerator[FixEvent]:
    """Yields what happens for each failing test, and one Ended at last. Nothing of the user's tree is changed. `opened`
    may be called once for each test. Raises CheckTrouble, EngineError."""
    began, current = time.monotonic(), request
    fixes: list[TestFixed] = []
    failed: list[str] = []
    rounds: list[Ended] = []
    pending: list[str] = []
    trouble = ""
    while True:
        complained: Complained | None = None
        try:
            async with aclosing(find_fix(current, opened)) as events:
                async for event in events:
                    if isinstance(event, Ended):
                        rounds.append(event)
                        continue
                    complained = event if isinstance(event, Complained) else complained
                    yield event
        except (CheckTrouble, EngineError) as error:
            # What is proved stays.
            if not fixes:
                raise
            trouble = str(error)
            failed += pending
            break
        last = rounds[-1]
        if complained is None:
            # The check passes now, or can't be relied on, or no further test of it fails.
            if last.ending == "flaky":
                trouble = last.words
                failed += pending
            break
        if last.fixed is not None:
            fixes.append(TestFixed(complained.complaint.test, last.fixed))
            current = replace(current, unsaved={**current.unsaved, last.fixed.patch.path: last.fixed.new})
        else:
            failed.append(complained.complaint.test)
        left = request.seconds - (time.monotonic() - began)
        done = last.fixed is not None and not last.fixed.verdict.left
        if done:
            # Those that weren't mended by themselves pass now, too.
            failed = []
        others = [] if done else [test for test in complained.others if test not in failed]
        if not others or left <= 0:
            failed += others
            break
        pending = others
        current = replace(current, test=others[0], without=frozenset(failed), seconds=left)
    yield _ended(rounds, tuple(fixes), tuple(failed), trouble)


def _ended(rounds: list[Ended], fixes: tuple[TestFixed, ...], failed: tuple[str, ...], trouble: str) -> Ended:
    """`trouble`: why it ended early, as a sentence."""
    cost = sum((one.cost for one in rounds[1:]), rounds[0].cost)
    first = next((one for one in rounds if one.fixed is not None), rounds[0])
    if not fixes:
        return replace(first, cost=cost)
    changes = changes_of(one.fixed for one in fixes)
    if len(fixes) == 1 and not failed:
        return replace(first, cost=cost, fixes=fixes, changes=changes)
    total = len(fixes) + len(failed)
    words = f"{len(fixes)} of {total} failing tests are fixed" + (
        f", then it ended early: {trouble}" if trouble else ""
    )
    return Ended("partly" if failed else "fixed", words, cost, fixes[0].fixed, fixes, changes, failed)
