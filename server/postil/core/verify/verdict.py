"""The verdict on a candidate: the failing test passes, and no other began to fail."""

from __future__ import annotations

from dataclasses import dataclass

from postil.core.verify.outcome import Outcome

# Names of tests in a sentence.
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """`words`: what the check says, for people: how strong the proof is, or why there is none. `test`: the one that
    refutes it, if one does. `left`: how many other tests still fail."""

    holds: bool
    words: str
    test: str = ""
    left: int = 0


def verdict(before: Outcome, after: Outcome, test: str, unsteady: frozenset[str] = frozenset()) -> Verdict:
    """What a run with the candidate (`after`) says. `test`: the one that is to pass; "" for a command without tests.
    `unsteady`: tests that don't end alike in runs of the same code, which prove nothing."""
    if after.stopped:
        return Verdict(False, after.stopped)
    if not test or after.tests is None:
        if test:
            return Verdict(False, "the check told of no tests")
        return _command(after)
    broken = _broken(before, after, test, unsteady)
    if broken:
        return Verdict(False, f"{_names(broken)} began to fail", broken[0])
    known, found = (before.tests or {}).get(test), after.tests.get(test)
    if found is None and known is not None and known.whole_file:
        # A file that couldn't be loaded has no name any more; its tests have, and none of them is new and fails.
        if not set(after.passing) - set(before.passing):
            return Verdict(False, "no test that passes came in place of the file that couldn't be loaded")
    elif found is None:
        return Verdict(False, f"{test} wasn't run")
    elif found.status != "passed":
        return Verdict(False, f"{test} {'still fails' if found.status == 'failed' else 'was skipped'}", test)
    if after.exit_code != 0 and not after.failing:
        return Verdict(False, f"the tests pass, but the command still fails with exit code {after.exit_code}")
    return Verdict(True, _passed(after), left=len(after.failing))


def refuted(verdict: Verdict, after: Outcome) -> str:
    """The verdict's words, and what the test or the command said that refutes it."""
    found = (after.tests or {}).get(verdict.test)
    said = found.words if found is not None else "" if after.tests else after.text
    return f"{verdict.words}:\n{said}" if said.strip() else verdict.words


def kept(before: Outcome, after: Outcome, unsteady: frozenset[str] = frozenset()) -> Verdict:
    """Whether a check that complains of something else ends no worse than before."""
    if after.stopped:
        return Verdict(False, after.stopped)
    broken = _broken(before, after, "", unsteady)
    if broken:
        return Verdict(False, f"{_names(broken)} began to fail")
    if before.passes and not after.passes:
        return Verdict(False, f"the check began to fail with exit code {after.exit_code}")
    if not after.passes:
        return Verdict(True, "the check fails as before")
    passing = len(after.passing)
    return Verdict(True, f"all {passing} tests pass" if passing > 1 else "the check passes")


def _command(after: Outcome) -> Verdict:
    if not after.passes:
        return Verdict(False, f"the command still fails with exit code {after.exit_code}")
    return Verdict(True, "the command succeeds")


def _broken(before: Outcome, after: Outcome, test: str, unsteady: frozenset[str]) -> list[str]:
    """The tests that fail and didn't, and those that passed and weren't run. One that nobody had seen before must not
    fail either: nothing says that it would without the candidate."""
    known, now = before.tests or {}, after.tests or {}
    failed = [name for name in after.failing if name not in known or known[name].status != "failed"]
    gone = [name for name in before.passing if name not in now or now[name].status == "skipped"]
    return [name for name in dict.fromkeys((*failed, *gone)) if name != test and name not in unsteady]


def _passed(after: Outcome) -> str:
    passing, failing = len(after.passing), len(after.failing)
    if failing:
        others = "1 other still fails" if failing == 1 else f"{failing} others still fail"
        return f"the failing test passes, {others} as before"
    skipped = len(after.tests or {}) - passing
    some = f" ({skipped} skipped)" if skipped else ""
    return f"all {passing} tests pass{some}" if passing > 1 else f"the failing test passes{some}"


def _names(tests: list[str]) -> str:
    more = len(tests) - _SHOWN
    return ", ".join(tests[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def unsteady_tests(one: Outcome, other: Outcome) -> frozenset[str]:
    """The tests that ended differently in two runs of the same code."""
    first, second = one.tests or {}, other.tests or {}
    return frozenset(
        name
        for name in first.keys() | second.keys()
        if (first[name].status if name in first else "") != (second[name].status if name in second else "")
    )
