"""The `list` method's answer: findings in JSON, each read as soon as its closing brace is there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from postil.core.review.finding import Severity

# Longer than any honest finding; a model that runs on inside a string must not fill the memory.
MAX_OBJECT = 8_000
MAX_TOTAL = 200_000
MAX_MESSAGE = 500
MAX_QUOTE = 1_000
# `{"findings": [{…}]}` is two deep; a few more for a model that wraps its answer.
MAX_DEPTH = 8
# An object with one of these was meant as a finding.
_OWN_KEYS = frozenset({"quote", "message"})


@dataclass(frozen=True, slots=True)
class RawFinding:
    """A finding as the model wrote it, its types checked and nothing else."""

    quote: str
    message: str
    severity: Severity | None = None
    fixed: str | None = None


@dataclass(slots=True)
class _Object:
    """One that is open. `inner` counts the objects that were closed in it."""

    text: list[str]
    size: int = 0
    inner: int = 0


class FindingParser:
    """Feed it text in any pieces: every object that looks like a finding counts, at its closing brace, whatever
    stands around it (prose, fences, an object that holds the list). `malformed` counts the others,
    `overflowed` says that nothing more is read."""

    def __init__(self) -> None:
        self._open: list[_Object] = []
        self._string = False
        self._escape = False
        self._total = 0
        self.malformed = 0
        self.overflowed = False

    def feed(self, text: str) -> list[RawFinding]:
        """The findings that this piece completes."""
        found: list[RawFinding] = []
        for char in text:
            if self.overflowed:
                break
            self._total += 1
            self.overflowed = self._total > MAX_TOTAL
            finding = self._char(char)
            if finding is not None:
                found.append(finding)
        return found

    def finish(self) -> None:
        """The stream is over: a finding that was never closed is malformed."""
        self.malformed += any('"quote"' in "".join(item.text) for item in self._open[-1:])
        self._open.clear()

    def _char(self, char: str) -> RawFinding | None:
        if self._open:
            self._keep(char)
        if self._string:
            ends = char == '"' and not self._escape
            self._escape = char == "\\" and not self._escape
            self._string = not ends
        elif char == '"':
            self._string = bool(self._open)
        elif char == "{":
            self._begin()
        elif char == "}" and self._open:
            return self._end()
        return None

    def _keep(self, char: str) -> None:
        inmost = self._open[-1]
        inmost.size += 1
        if inmost.size <= MAX_OBJECT:
            inmost.text.append(char)

    def _begin(self) -> None:
        if len(self._open) == MAX_DEPTH:
            # Nothing that deep is an answer: read on as if nothing were open.
            self.malformed += 1
            self._open.clear()
        self._open.append(_Object(["{"], 1))

    def _end(self) -> RawFinding | None:
        item = self._open.pop()
        if self._open:
            self._open[-1].inner += 1 + item.inner
            # What the outer object says of its inner ones is known already; a null keeps it JSON.
            self._open[-1].text[-1:] = "null"
        value = _value(item)
        finding = _raw(value)
        if finding is None and not item.inner and (value is None or not _OWN_KEYS.isdisjoint(value)):
            self.malformed += 1
        return finding


def _value(item: _Object) -> Any:
    if item.size > MAX_OBJECT:
        return None
    try:
        # strict=False: small models write line ends into strings as they are.
        return json.loads("".join(item.text), strict=False)
    except (ValueError, RecursionError):
        return None


def _raw(value: Any) -> RawFinding | None:
    if not isinstance(value, dict):
        return None
    quote, message = _text(value.get("quote")), _text(value.get("message"))
    if quote is None or message is None:
        return None
    severity, fixed = value.get("severity"), value.get("fixed")
    return RawFinding(
        quote[:MAX_QUOTE],
        " ".join(message.split())[:MAX_MESSAGE],
        _severity(severity) if isinstance(severity, str) else None,
        _sane(fixed) if isinstance(fixed, str) and len(fixed) <= MAX_QUOTE else None,
    )


def _text(value: Any) -> str | None:
    return _sane(value) if isinstance(value, str) and value.strip() else None


def _sane(text: str) -> str:
    """Without lone surrogates, which JSON can spell and UTF-8 can't carry."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _severity(name: str) -> Severity | None:
    try:
        return Severity.parse(name)
    except ValueError:
        return None


def findings_schema(most: int) -> str:
    """JSON Schema of a list of at most `most` findings."""
    text = {"type": "string"}
    item = {
        "type": "object",
        "properties": {
            "quote": text | {"maxLength": 200},
            "fixed": text | {"maxLength": 200},
            "message": text | {"maxLength": 200},
            "severity": {"enum": ["error", "warning"]},
        },
        "required": ["quote", "fixed", "message", "severity"],
    }
    findings = {"type": "array", "maxItems": most, "items": item}
    schema = {"type": "object", "properties": {"findings": findings}, "required": ["findings"]}
    return json.dumps(schema)
