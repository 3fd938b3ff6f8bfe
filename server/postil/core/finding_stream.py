"""The `list` method's answer: findings in JSON, each read as soon as its closing brace is there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from postil.core.finding import Severity

# Longer than any honest finding; a model that runs on inside a string must not fill the memory.
MAX_OBJECT = 8_000
MAX_TOTAL = 200_000
MAX_MESSAGE = 500
MAX_QUOTE = 1_000


@dataclass(frozen=True, slots=True)
class RawFinding:
    """A finding as the model wrote it, its types checked and nothing else."""

    quote: str
    message: str
    severity: Severity | None = None
    fixed: str | None = None


class FindingParser:
    """Feed it text in any pieces. Objects inside the list count; what stands around them is skipped."""

    def __init__(self) -> None:
        self._buffer: list[str] = []
        self._depth = 0
        self._list = False
        self._string = False
        self._escape = False
        self._total = 0
        self._size = 0
        self.malformed = 0
        self.overflowed = False

    def feed(self, text: str) -> list[RawFinding]:
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

    def _char(self, char: str) -> RawFinding | None:
        if not self._list:
            self._list = char == "["
            return None
        if self._depth:
            self._size += 1
            if self._size <= MAX_OBJECT:
                self._buffer.append(char)
        if self._string:
            self._escape, ends = (char == "\\" and not self._escape), char == '"' and not self._escape
            self._string = not ends
            return None
        if char == '"' and self._depth:
            self._string = True
        elif char == "{":
            if self._depth == 0:
                self._buffer, self._size = ["{"], 1
            self._depth += 1
        elif char == "}" and self._depth:
            self._depth -= 1
            if self._depth == 0:
                return self._object()
        return None

    def _object(self) -> RawFinding | None:
        try:
            value = json.loads("".join(self._buffer)) if self._size <= MAX_OBJECT else None
        except (ValueError, RecursionError):
            value = None
        finding = _raw(value)
        self.malformed += finding is None
        return finding


def _raw(value: Any) -> RawFinding | None:
    if not isinstance(value, dict):
        return None
    quote, message = value.get("quote"), value.get("message")
    if not isinstance(quote, str) or not isinstance(message, str) or not quote.strip() or not message.strip():
        return None
    try:
        severity = Severity.parse(str(value["severity"])) if "severity" in value else None
    except ValueError:
        severity = None
    fixed = value.get("fixed")
    return RawFinding(
        quote[:MAX_QUOTE],
        " ".join(message.split())[:MAX_MESSAGE],
        severity,
        fixed if isinstance(fixed, str) and len(fixed) <= MAX_QUOTE else None,
    )


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
