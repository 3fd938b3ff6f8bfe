"""What the steps of one fix share: the request, the check, the failure, and what was spent."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from postil.core.request import Usage
from postil.core.verify.oracle import Oracle
from postil.core.verify.outcome import Outcome
from postil.service.verify.check import Check
from postil.service.verify.events import Cost
from postil.service.verify.findings.guard import Guard
from postil.service.verify.generation import Generation
from postil.service.verify.look import Scope


@dataclass(frozen=True, slots=True)
class BudgetNames:
    """What a user sets to give a fix more answers or more time: an option here, a setting in an editor."""

    samples: str = "--samples"
    seconds: str = "--seconds"


SETTINGS = BudgetNames("fix.samples", "fix.seconds")


@dataclass(frozen=True, slots=True)
class FixRequest:
    """`command`: the user's own, run in `folder`, which is in `workspace`. `samples`: answers of the model at most;
    `seconds`: for all of it. `test`: the one to look at if it fails, "" for any; `without`: tests that
    aren't looked at. `mechanical`: changes that need no model are tried, too.
    `unsaved`: what the copy has in the place of files, by path relative to the workspace."""

    command: str
    workspace: Path
    folder: Path
    samples: int
    seconds: float
    scope: Scope = field(default_factory=Scope)
    test: str = ""
    without: frozenset[str] = frozenset()
    unsaved: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    budget: BudgetNames = BudgetNames()
    mechanical: bool = True


@dataclass(slots=True)
class Work:
    """`oracle`: who decides about candidates for the complaint that is being mended. `proved`: the check has noticed a
    broken suspect; `guard`: another check, which must not begin to fail; `noticed`: the files for which a check that
    reads text has noticed it; `late`: the time was up; `kept`: seconds that are left for what comes after
    the model."""

    request: FixRequest
    check: Check
    oracle: Oracle
    began: float = field(default_factory=time.monotonic)
    generations: list[Generation] = field(default_factory=list[Generation])
    tried: int = 0
    proved: bool = False
    guard: Guard | None = None
    noticed: set[str] = field(default_factory=set[str])
    late: bool = False
    kept: float = 0.0

    @property
    def left(self) -> float:
        """Seconds of the budget, but for those that are kept."""
        return self.request.seconds - self.kept - (time.monotonic() - self.began)

    @property
    def cost(self) -> Cost:
        spent = time.monotonic() - self.began
        usage = sum((one.usage for one in self.generations), Usage())
        return Cost(spent, self.answers, self.tried, self.check.runs, self.check.seconds, usage)

    @property
    def answers(self) -> int:
        """Of the model, so far."""
        return sum(one.answers for one in self.generations)

    async def run(self, path: str, data: bytes) -> Outcome:
        """The check with one file changed."""
        return await self.check.run(max(self.left, 1.0), {path: data})
