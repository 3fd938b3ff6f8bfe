"""The answer of the `list` method: findings in JSON, each parsed at its closing brace."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import cast

from postil.core.review.answer import no_answer
from postil.core.review.finding import Severity

# Characters. A model that doesn't end a string must not fill the memory.
MAX_OBJECT = 8_000
MAX_TOTAL = 200_000
MAX_MESSAGE = 500
MAX_QUOTE = 1_000
# `{"findings": [{…}]}` is two deep; a few more for a model that wraps its answer.
MAX_DEPTH = 8
# A list without findings, with or without a fence around it.
_EMPTY_LIST = re.compile(r"\A(?:`{3,}\w*\s*)?\[\s*\](?:\s*`{3,})?\Z")
# An object with one of these is a finding, if a malformed one.
_OWN_KEYS = frozenset({"quote", "message"})


@dataclass(frozen=True, slots=True)
class RawFinding:
    """A finding as the model wrote it: only its types are checked."""

    quote: str
    message: str
    severity: Severity | None = None
    fixed: str | None = None


@dataclass(slots=True)
class _Object:
    """An object whose closing brace is still missing. `inner` counts the objects closed inside it, `before` the
    findings that came before it."""

    text: list[str]
    size: int = 0
    inner: int = 0
    before: int = 0


class FindingParser:
    """Takes text in pieces of any size. Each object that looks like a finding is returned at its closing brace,
    whatever surrounds it (prose, fences, an object with the list). `malformed` counts the others. After `overflowed`
    nothing more is read. `drafts` counts the findings that came before the last whole list: in an answer that begins
    with prose, a model may have thought aloud."""

    def __init__(self) -> None:
        self._open: list[_Object] = []
        self._string = False
        self._escape = False
        self._total = 0
        self.malformed = 0
        self.overflowed = False
        # Whether a list of findings has come, perhaps an empty one, and what else.
        self._listed = self._whole = False
        self._returned = 0
        self.drafts = 0
        self._text: list[str] = []

    @property
    def empty(self) -> bool:
        """Whether nothing has come."""
        return not "".join(self._text).strip()

    @property
    def begins_with_json(self) -> bool:
        """Whether no prose stands before the JSON, as far as has come."""
        return "".join(self._text[:40]).lstrip().startswith(("{", "[", "`"))

    def why_unread(self, *, cut: bool, thought: bool) -> str:
        """Why a finished answer is no review, as the end of a sentence about the model; "" when it is one. `cut`: the
        limit of tokens ended it. `thought`: the model has reasoned."""
        bare = "".join(self._text).strip()
        if not bare:
            return no_answer(cut=cut, thought=thought)
        if cut and not self._whole and not self.begins_with_json:
            return "was cut off before its list of findings"
        if self._listed or (_EMPTY_LIST.search(bare) and "{" not in bare):
            return ""
        if cut:
            return "was cut off before its first finding"
        return "answered with JSON that is no list of findings" if "{" in bare else "answered with prose"

    def feed(self, text: str) -> list[RawFinding]:
        """The findings whose closing brace is in this piece."""
        found: list[RawFinding] = []
        for char in text:
            if self.overflowed:
                break
            self._total += 1
            if len(self._text) < MAX_OBJECT:
                self._text.append(char)
            self.overflowed = self._total > MAX_TOTAL
            finding = self._char(char)
            if finding is not None:
                found.append(finding)
        return found

    def finish(self) -> None:
        """End of the stream: a finding that is still open is malformed."""
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
            # No answer is nested so deep: start over.
            self.malformed += 1
            self._open.clear()
        self._open.append(_Object(["{"], 1, before=self._returned))

    def _end(self) -> RawFinding | None:
        item = self._open.pop()
        if self._open:
            self._open[-1].inner += 1 + item.inner
            # The inner object has been parsed already; a null in its place keeps the outer one valid.
            self._open[-1].text[-1:] = "null"
        value = _fields(item)
        finding = _raw(value)
        listed = value is not None and isinstance(value.get("findings"), list)
        self._listed = self._listed or listed or finding is not None
        self._returned += finding is not None
        if listed:
            self._whole, self.drafts = True, item.before
        if finding is None and not item.inner and (value is None or not _OWN_KEYS.isdisjoint(value)):
            self.malformed += 1
        return finding


def _fields(item: _Object) -> dict[str, object] | None:
    """The object's fields; None when it isn't valid JSON."""
    if item.size > MAX_OBJECT:
        return None
    try:
        # strict=False: small models write line ends into strings as they are. The text begins with a brace.
        return cast("dict[str, object]", json.loads("".join(item.text), strict=False))
    except (ValueError, RecursionError):
        return None


def _raw(value: dict[str, object] | None) -> RawFinding | None:
    if value is None:
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


def _text(value: object) -> str | None:
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
