"""Who decides about candidates: the one complaint that is to be mended, asked again after each change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from postil.core.syntax.units import Unit
from postil.core.verify.broken import noticed
from postil.core.verify.outcome import Outcome
from postil.core.verify.runners import Prepared, prepared, read_outcome
from postil.core.verify.verdict import Verdict, verdict


class Reader(Protocol):
    """How a check's command is run, so that it tells a machine what it found, and how that is read."""

    def prepared(self, command: str, report: str, options: str) -> Prepared:
        """The command as it is run, writing its results to the file `report`. `options`: the PYTEST_ADDOPTS of the
        environment."""
        ...

    def outcome(self, exit_code: int, text: str, report: str | None, stopped: str, seconds: float) -> Outcome:
        """What a run said, by its output and the content of its report."""
        ...


class Oracle(Protocol):
    """Decides about candidates for one complaint, by what the check said before and says after them."""

    def reads_text(self, *, traced: bool) -> bool:
        """Whether the check reads the code and doesn't run it: the control is then a text that no language can read.
        `traced`: its words lead to the suspect."""
        ...

    def refusal(self, unit: Unit, text: str) -> str:
        """Why the check isn't asked about this rewrite, as the end of a sentence about it; "" when it is."""
        ...

    def verdict(self, after: Outcome) -> Verdict: ...

    def noticed(self, broken: Outcome, mark: str) -> bool:
        """Whether a run with broken code, which tells `mark`, ended in another way than the one before."""
        ...


class TestReader:
    """A command of the user's, with the runners that it may start."""

    __test__ = False

    def prepared(self, command: str, report: str, options: str) -> Prepared:
        return prepared(command, report, options)

    def outcome(self, exit_code: int, text: str, report: str | None, stopped: str, seconds: float) -> Outcome:
        return read_outcome(exit_code, text, report, stopped=stopped, seconds=seconds)


@dataclass(frozen=True, slots=True)
class TestOracle:
    """A failing test, or a failing command when `test` is "". `unsteady`: tests that don't end alike in runs of the
    same code; `steady`: whether the failure's words are the same every time."""

    __test__ = False

    before: Outcome
    test: str = ""
    unsteady: frozenset[str] = frozenset()
    steady: bool = False

    def reads_text(self, *, traced: bool) -> bool:
        # What doesn't compile, or what a checker finds in the text, isn't run.
        known = (self.before.tests or {}).get(self.test)
        return known.whole_file if known is not None else traced

    def refusal(self, unit: Unit, text: str) -> str:
        return ""

    def verdict(self, after: Outcome) -> Verdict:
        return verdict(self.before, after, self.test, self.unsteady)

    def noticed(self, broken: Outcome, mark: str) -> bool:
        return noticed(self.before, broken, mark, self.test, steady=self.steady)
