"""A check beside a tool: what a tool is content with must not make it fail."""

from __future__ import annotations

from dataclasses import dataclass

from postil.core.verify.outcome import Outcome
from postil.core.verify.verdict import Verdict, kept, unsteady_tests
from postil.service.verify.check import Check
from postil.service.verify.trouble import CheckTrouble


@dataclass(slots=True)
class Guard:
    """`before`: what the check said of the code as it was; `unsteady`: tests that don't end alike."""

    check: Check
    before: Outcome
    unsteady: frozenset[str]

    @classmethod
    async def of(cls, check: Check, seconds: float) -> Guard:
        """Run it twice. Raises CheckTrouble."""
        before, again = await check.run(seconds), await check.run(seconds)
        for one in (before, again):
            if one.stopped or one.missing:
                last = one.stopped or one.text.strip().rpartition("\n")[2]
                raise CheckTrouble(f"the check can't be used: {last}")
        return cls(check, before, unsteady_tests(before, again))

    async def verdict(self, seconds: float, changes: dict[str, bytes]) -> Verdict:
        """Whether the check still passes with these changes, in as many words."""
        return kept(self.before, await self.check.run(seconds, changes), self.unsteady)
