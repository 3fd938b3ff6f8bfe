"""What `postil fix` says: progress on standard error, the result as text or as one JSON document."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

from postil import __version__
from postil.cli.report.json import json_text
from postil.core.review.definitions import NOTHING_TOLD, Told
from postil.core.text.plain import one_line, plain, plain_lines
from postil.core.verify.complaint import Complaint
from postil.core.verify.suspects import Suspect
from postil.engine.json_values import JsonObject
from postil.service.verify.events import (
    Answered,
    CheckEnded,
    CheckStarted,
    Complained,
    Cost,
    Ended,
    FixEvent,
    Suspected,
    SuspectPassed,
    SuspectStarted,
    TestFixed,
    Tried,
)

# Increased when a key is removed or changes its meaning, not for new keys.
JSON_SCHEMA_VERSION = 1
# Lines of the failure that are shown.
_FAILURE_LINES = 12


@dataclass(slots=True)
class Shown:
    """Collects the events for the result, and tells of them as they come."""

    failures: list[Complained] = field(default_factory=list[Complained])
    suspects: tuple[Suspect, ...] = ()
    passed: list[SuspectPassed] = field(default_factory=list[SuspectPassed])
    # Each with the test that it is to mend.
    answers: list[tuple[str, Answered | Tried]] = field(default_factory=list[tuple[str, Answered | Tried]])
    # What the model was told of the definitions that a suspect uses.
    told: dict[tuple[str, int], Told] = field(default_factory=dict[tuple[str, int], Told])
    ended: Ended | None = None

    @property
    def test(self) -> str:
        """The test that is being mended; "" for a command and for a finding."""
        return self.failures[-1].complaint.test if self.failures else ""

    def event(self, event: FixEvent) -> None:
        match event:
            case CheckStarted(what):
                tell(f"checking {what}")
            case CheckEnded(_, outcome):
                tell(
                    f"  {_count(len(outcome.failing), 'test')} failed" if outcome.failing else _exit(outcome.exit_code)
                )
            case Complained():
                self.failures.append(event)
                _tell_complaint(event)
            case Suspected(suspects):
                self.suspects += tuple(one for one in suspects if one not in self.suspects)
                for suspect in suspects:
                    tell(f"suspect: {suspect.unit.name} ({suspect.place}), because {suspect.reason}")
            case SuspectStarted(suspect, samples, told):
                self.told[suspect.key] = told
                tell(f"asking about {suspect.unit.name}: at most {_count(samples, 'answer')}{_told(told)}")
            case SuspectPassed(suspect, why):
                self.passed.append(event)
                tell(f"  {suspect.unit.name} is passed over: {why}")
            case Answered(_, answer):
                self.answers.append((self.test, event))
                tell(f"  no candidate: the model {answer.why}")
            case Tried(_, verdict):
                self.answers.append((self.test, event))
                tell(f"  {'holds' if verdict.holds else 'refused'}: {verdict.words}")
            case Ended():
                self.ended = event

    def text(self, ended: Ended) -> str:
        """The difference, with its verdict before it: `git apply` and `patch` skip these lines."""
        lines: list[str] = []
        fixed = ended.fixed
        if len(ended.fixes) > 1 or ended.failed:
            return _texts(ended)
        if fixed is None:
            lines.append(plain(ended.words))
        else:
            lines.append(f"verified: {plain(fixed.verdict.words)}, in two runs of the check")
            lines += [f"look at it: {plain(one)}" for one in fixed.warnings]
        lines += ["The tests may be what is wrong: they aren't touched."] if ended.ending == "unfixed" else []
        text = "\n".join(lines) + "\n"
        return f"{text}\n{plain_lines(fixed.difference)}" if fixed is not None else text

    def json(self, ended: Ended, command: str, *, applied: bool) -> str:
        """`{schema, check, ending, words, failures, suspects, answers, fixes, diff, applied, cost}`. Lines count from
        1, the last one included."""
        document: JsonObject = {
            "schema": JSON_SCHEMA_VERSION,
            "version": __version__,
            "check": command,
            "ending": ended.ending,
            "words": ended.words,
            "failures": [_failure(one) for one in self.failures],
            "suspects": [self._suspect(one) for one in self.suspects],
            "answers": [_answer(test, one) for test, one in self.answers],
            "fixes": [_fix(one) for one in ended.fixes],
            "diff": "".join(change.difference for change in ended.changes),
            "applied": applied,
            "cost": cost_json(ended.cost),
        }
        return json_text(document) + "\n"

    def _suspect(self, suspect: Suspect) -> JsonObject:
        passed = next((one.why for one in self.passed if one.suspect == suspect), None)
        line = suspect.unit.first_line + 1
        told = self.told.get(suspect.key, NOTHING_TOLD)
        return {
            "path": suspect.path,
            "line": line,
            "name": suspect.unit.name,
            "reason": suspect.reason,
            "passed_over": passed,
            "definitions": {"told": told.count, "left_out": told.left_out},
        }


def tell_cost(cost: Cost) -> None:
    """What it took, on standard error."""
    tokens = cost.usage.prompt_tokens + cost.usage.output_tokens
    tell(
        f"{cost.seconds:.0f} s: {_count(cost.runs, 'run')} of the check ({cost.check_seconds:.0f} s), "
        f"{_count(cost.answers, 'answer')} of the model, {_count(cost.tried, 'candidate')} checked, {tokens:,} tokens"
    )


def cost_json(cost: Cost) -> JsonObject:
    """What it took."""
    return {
        "seconds": round(cost.seconds, 2),
        "check_runs": cost.runs,
        "check_seconds": round(cost.check_seconds, 2),
        "answers": cost.answers,
        "candidates": cost.tried,
        "prompt_tokens": cost.usage.prompt_tokens,
        "output_tokens": cost.usage.output_tokens,
    }


def _texts(ended: Ended) -> str:
    """Several fixes, a verdict for each, and one difference for all."""
    lines = [f"verified: {ended.words}" if not ended.failed else ended.words]
    for one in ended.fixes:
        at = f"{one.fixed.patch.path}: {one.fixed.patch.unit.name}"
        lines.append(f"  {plain(one.test)} by {plain(at)}: {plain(one.fixed.verdict.words)}, in two runs of the check")
        lines += [f"    look at it: {plain(warning)}" for warning in one.fixed.warnings]
    lines += [f"  not fixed: {plain(test)}" for test in ended.failed]
    return "\n".join([*lines, "", *(plain_lines(change.difference) for change in ended.changes)])


def _fix(one: TestFixed) -> JsonObject:
    fixed, unit = one.fixed, one.fixed.patch.unit
    return {
        "test": one.test or None,
        "path": fixed.patch.path,
        "name": unit.name,
        "line": unit.first_line + 1,
        "end_line": unit.last_line,
        "new": fixed.patch.text,
        "diff": fixed.difference,
        "verdict": fixed.verdict.words,
        "warnings": list(fixed.warnings),
    }


def _answer(test: str, event: Answered | Tried) -> JsonObject:
    """`number`: from 1, of the answers that count for this test; a smaller change is checked before an earlier one, and
    each line of a sweep has the number of the sweep. `said`: of the check, or why it wasn't asked."""
    tried = isinstance(event, Tried)
    one, said = (event.candidate, event.verdict.words) if tried else (event.answer, f"the model {event.answer.why}")
    return {
        "test": test or None,
        "number": one.number,
        "asked": one.asked,
        "path": event.suspect.path,
        "name": event.suspect.unit.name,
        "checked": tried,
        "holds": tried and event.verdict.holds,
        "said": said,
        "text": one.text,
    }


def _failure(complained: Complained) -> JsonObject:
    complaint: Complaint = complained.complaint
    return {
        "test": complaint.test or None,
        "words": complaint.words,
        "others": list(complained.others),
        "unsteady": list(complained.unsteady),
    }


def _tell_complaint(event: Complained) -> None:
    tell(f"{event.complaint.title} fails:")
    lines = [line for line in event.complaint.words.split("\n") if line.strip()]
    for line in lines[-_FAILURE_LINES:]:
        tell(f"    {line.rstrip()}")
    if event.others:
        tell(f"{_count(len(event.others), 'other test')} failed too; this one is looked at")
    for name in event.unsteady:
        tell(f"{name} doesn't end alike when it is run again, and proves nothing")


def _told(told: Told) -> str:
    """Of the definitions that a suspect uses; "" without any."""
    if not told.count and not told.left_out:
        return ""
    left = f" of {told.count + told.left_out}" if told.left_out else ""
    return f", told {told.count}{left} definitions that it uses"


def _exit(code: int) -> str:
    return f"  exit code {code}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def tell(line: str) -> None:
    """A line of progress, on standard error."""
    margin = line[: len(line) - len(line.lstrip())]
    print(f"{margin}{one_line(line)}" if "\n" in line else plain(line), file=sys.stderr, flush=True)
