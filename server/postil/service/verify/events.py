"""The events of a fix that is being looked for, and its result."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from postil.core.request import Usage
from postil.core.review.definitions import NOTHING_TOLD, Told
from postil.core.verify.complaint import Complaint
from postil.core.verify.outcome import Outcome
from postil.core.verify.patch import Patch, difference
from postil.core.verify.rewrites.candidate import Candidate, NoCandidate
from postil.core.verify.suspects import Suspect
from postil.core.verify.verdict import Verdict


@dataclass(frozen=True, slots=True)
class CheckStarted:
    """The check runs. `what`: on which code, in words."""

    what: str


@dataclass(frozen=True, slots=True)
class CheckEnded:
    """A run of the check."""

    what: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Complained:
    """The check fails, twice. The complaint's places are files of the workspace, relative to it. `others`: further
    tests that fail, and `more` the complaints of the first of them; `unsteady`: tests that don't end alike."""

    complaint: Complaint
    others: tuple[str, ...]
    unsteady: tuple[str, ...]
    more: tuple[Complaint, ...] = ()


@dataclass(frozen=True, slots=True)
class Suspected:
    """Where the defect may be, the likeliest first."""

    suspects: tuple[Suspect, ...]


@dataclass(frozen=True, slots=True)
class SuspectStarted:
    """The model is asked to mend this unit, in at most so many answers, and `told` these definitions."""

    suspect: Suspect
    samples: int
    told: Told = NOTHING_TOLD


@dataclass(frozen=True, slots=True)
class SuspectPassed:
    """This unit isn't what is wrong, or nothing can be proved about it."""

    suspect: Suspect
    why: str


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer of the model that isn't checked."""

    suspect: Suspect
    answer: NoCandidate


@dataclass(frozen=True, slots=True)
class Tried:
    """A candidate that was checked."""

    number: int
    verdict: Verdict
    suspect: Suspect
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Cost:
    """What it took. `answers`: of the model; `tried`: candidates that were checked; `runs`: of the check, which took
    `check_seconds` in all."""

    seconds: float = 0.0
    answers: int = 0
    tried: int = 0
    runs: int = 0
    check_seconds: float = 0.0
    usage: Usage = field(default_factory=Usage)

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.seconds + other.seconds,
            self.answers + other.answers,
            self.tried + other.tried,
            self.runs + other.runs,
            self.check_seconds + other.check_seconds,
            self.usage + other.usage,
        )


Ending = Literal["nothing", "fixed", "partly", "unfixed", "flaky"]


@dataclass(frozen=True, slots=True)
class Change:
    """What a fix makes of a file: its bytes as the check has seen them without it and with it."""

    path: str
    file: Path
    original: bytes
    new: bytes
    difference: str
    encoding: str = "utf-8"

    @property
    def patch_data(self) -> bytes:
        """The difference in the file's own encoding, in which its lines are found; paths are in UTF-8."""
        head, body = self.difference[: (at := self.difference.find("@@"))], self.difference[at:]
        return head.encode() + body.encode(self.encoding, "replace")


@dataclass(frozen=True, slots=True)
class Fixed:
    """A patch that the check passed, twice. `warnings`: what looks wrong about it all the same. `original` and `new`:
    the bytes of the file that the check has seen, in `encoding`."""

    patch: Patch
    verdict: Verdict
    warnings: tuple[str, ...]
    original: bytes
    new: bytes
    file: Path
    difference: str
    encoding: str = "utf-8"


def changes_of(fixes: Iterable[Fixed]) -> tuple[Change, ...]:
    """Each file with all fixes in it, of which each was found in what those before it had made."""
    found: dict[str, Change] = {}
    for one in fixes:
        path = one.patch.path
        original = found[path].original if path in found else one.original
        old, new = (data.decode(one.encoding, "replace") for data in (original, one.new))
        found[path] = Change(path, one.file, original, one.new, difference(path, old, new), one.encoding)
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class TestFixed:
    """The fix of a failing test, or of the command when `test` is ""."""

    __test__ = False

    test: str
    fixed: Fixed


@dataclass(frozen=True, slots=True)
class Ended:
    """The result. `words`: what it means, as a sentence. Of a check with several failing tests `fixed` is the first of
    the `fixes`, `changes` are all of them together, and `failed` are the tests that weren't fixed."""

    ending: Ending
    words: str
    cost: Cost
    fixed: Fixed | None = None
    fixes: tuple[TestFixed, ...] = ()
    changes: tuple[Change, ...] = ()
    failed: tuple[str, ...] = ()


FixEvent = (
    CheckStarted | CheckEnded | Complained | Suspected | SuspectStarted | SuspectPassed | Answered | Tried | Ended
)
