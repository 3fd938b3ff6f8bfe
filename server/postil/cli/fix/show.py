"""What `postil fix` says: progress on standard error, the result as text or as one JSON document."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

from postil import __version__
from postil.cli.report.json import json_text
from postil.core.text.plain import one_line, plain
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
    Tried,
)

# Increased when a key is removed or changes its meaning, not for new keys.
JSON_SCHEMA_VERSION = 1
# Lines of the failure that are shown.
_FAILURE_LINES = 12


@dataclass(slots=True)
class Shown:
    """Collects the events for the result, and tells of them as they come."""

    complained: Complained | None = None
    suspects: tuple[Suspect, ...] = ()
    passed: list[SuspectPassed] = field(default_factory=list[SuspectPassed])
    ended: Ended | None = None

    def event(self, event: FixEvent) -> None:
        match event:
            case CheckStarted(what):
                tell(f"checking {what}")
            case CheckEnded(_, outcome):
                tell(
                    f"  {_count(len(outcome.failing), 'test')} failed" if outcome.failing else _exit(outcome.exit_code)
                )
            case Complained():
                self.complained = event
                _tell_complaint(event)
            case Suspected(suspects):
                self.suspects = suspects
                for suspect in suspects:
                    tell(f"suspect: {suspect.unit.name} ({suspect.place}), because {suspect.reason}")
            case SuspectStarted(suspect, samples):
                tell(f"asking about {suspect.unit.name}: at most {_count(samples, 'answer')}")
            case SuspectPassed(suspect, why):
                self.passed.append(event)
                tell(f"  {suspect.unit.name} is passed over: {why}")
            case Answered(why):
                tell(f"  no candidate: the model {why}")
            case Tried(_, verdict):
                tell(f"  {'holds' if verdict.holds else 'refused'}: {verdict.words}")
            case Ended():
                self.ended = event

    def text(self, ended: Ended) -> str:
        """The difference, with its verdict before it: `git apply` and `patch` skip these lines."""
        lines: list[str] = []
        fixed = ended.fixed
        if fixed is None:
            lines.append(plain(ended.words))
        else:
            lines.append(f"verified: {plain(fixed.verdict.words)}, in two runs of the check")
            lines += [f"look at it: {plain(one)}" for one in fixed.warnings]
        lines += ["The tests may be what is wrong: they aren't touched."] if ended.ending == "unfixed" else []
        text = "\n".join(lines) + "\n"
        return f"{text}\n{plain(fixed.difference)}" if fixed is not None else text

    def json(self, ended: Ended, command: str, *, applied: bool) -> str:
        """`{schema, check, ending, words, failure, suspects, fix, cost}`. Lines count from 1, the last one included."""
        fixed, complained = ended.fixed, self.complained
        document: JsonObject = {
            "schema": JSON_SCHEMA_VERSION,
            "version": __version__,
            "check": command,
            "ending": ended.ending,
            "words": ended.words,
            "failure": _failure(complained) if complained is not None else None,
            "suspects": [self._suspect(one) for one in self.suspects],
            "fix": None,
            "cost": cost_json(ended.cost),
        }
        if fixed is not None:
            unit = fixed.patch.unit
            document["fix"] = {
                "path": fixed.patch.path,
                "name": unit.name,
                "line": unit.first_line + 1,
                "end_line": unit.last_line,
                "new": fixed.patch.text,
                "diff": fixed.difference,
                "verdict": fixed.verdict.words,
                "warnings": list(fixed.warnings),
                "applied": applied,
            }
        return json_text(document) + "\n"

    def _suspect(self, suspect: Suspect) -> JsonObject:
        passed = next((one.why for one in self.passed if one.suspect == suspect), None)
        line = suspect.unit.first_line + 1
        return {
            "path": suspect.path,
            "line": line,
            "name": suspect.unit.name,
            "reason": suspect.reason,
            "passed_over": passed,
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


def _exit(code: int) -> str:
    return f"  exit code {code}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def tell(line: str) -> None:
    """A line of progress, on standard error."""
    margin = line[: len(line) - len(line.lstrip())]
    print(f"{margin}{one_line(line)}" if "\n" in line else plain(line), file=sys.stderr, flush=True)
