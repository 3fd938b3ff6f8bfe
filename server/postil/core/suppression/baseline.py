"""What a team has judged to be no defect: `.postil/baseline.json`, found again by its code and not by its line."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec

from postil.core.review.finding import Finding, Span
from postil.core.syntax.tree import dedent, normal_tokens
from postil.core.text.plain import one_line

VERSION = 1
# What is kept of code and suggestion: enough to tell them, for people and as an example in a prompt.
KEPT = 400
# A note is known again by its own lines and by two of: its file, its unit's name, the lines around it. So it outlives
# edits above it, a renamed file, a renamed function and edited neighbours, and `return None` elsewhere isn't it.
ENOUGH = 2


class Dismissal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A note that is none. `path` is relative to the workspace, with `/`; `unit` the enclosing unit's name; `code` and
    `suggested` begin its lines and what it would have made of them. `digest` and `around` are SHA-256 (the first 32
    hex digits) of the tokens of its lines and of the lines of code before and after. `on` is an ISO 8601 date."""

    persona: str
    path: str
    unit: str
    code: str
    digest: str
    around: str
    suggested: str = ""
    language: str = ""
    why: str = ""
    on: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    version: int
    dismissed: tuple[Dismissal, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a note stands: in which file and unit, and on which lines of the file's text."""

    path: str
    language: str
    unit: str
    lines: Sequence[str]
    span: Span


@dataclass(frozen=True)
class Baseline:
    """All dismissals."""

    dismissed: tuple[Dismissal, ...] = ()
    _by_code: dict[tuple[str, str], list[Dismissal]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known: defaultdict[tuple[str, str], list[Dismissal]] = defaultdict(list)
        for one in self.dismissed:
            known[one.persona, one.digest].append(one)
        object.__setattr__(self, "_by_code", dict(known))

    def __bool__(self) -> bool:
        return bool(self.dismissed)

    def hides(self, finding: Finding, where: Surroundings) -> bool:
        """Whether this note has been dismissed."""
        if not self._by_code:
            return False
        known = self._by_code.get((finding.persona, _digest(finding.quote, where.language)), ())
        return any(
            (one.path == where.path) + (one.unit == where.unit) + (one.around == _around(where)) >= ENOUGH
            for one in known
        )

    def examples(self, persona: str, language: str, most: int) -> tuple[Dismissal, ...]:
        """The newest `most` that this persona was wrong about in this language."""
        own = [one for one in self.dismissed if (one.persona, one.language) == (persona, language) and one.code.strip()]
        return tuple(sorted(own, key=lambda one: one.on, reverse=True)[:most])

    def having(self, more: Iterable[Dismissal]) -> Baseline:
        """With these too; what is known already takes the later reason and date."""
        every = {_same(one): one for one in (*self.dismissed, *more)}
        return Baseline(tuple(every.values()))


def dismissal(finding: Finding, where: Surroundings, why: str = "", on: str = "") -> Dismissal:
    """What is written down of a note that is dismissed."""
    return Dismissal(
        persona=finding.persona,
        path=where.path,
        unit=where.unit,
        code=finding.quote[:KEPT],
        digest=_digest(finding.quote, where.language),
        around=_around(where),
        suggested=finding.fix.new[:KEPT] if finding.fix is not None else "",
        language=where.language,
        why=one_line(why)[:KEPT],
        on=on,
    )


def read(data: bytes) -> tuple[Baseline, str | None]:
    """The baseline of a file's bytes; or an empty one and why it can't be read, with the place in the file. Never
    raises."""
    try:
        file = msgspec.json.decode(data, type=_File)
    except msgspec.ValidationError as error:
        return Baseline(), str(error)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Baseline(), f"it is not JSON: {error}"
    if file.version != VERSION:
        return Baseline(), f"its version is {file.version}, and this Postil reads {VERSION}"
    return Baseline(file.dismissed), None


def written(baseline: Baseline) -> str:
    """The file's text: sorted, one dismissal a line, so that two branches' merge by themselves and a difference shows
    what was judged."""
    entries = sorted(baseline.dismissed, key=lambda one: (one.path, one.unit, one.persona, one.code, one.digest))
    rows = [json.dumps(msgspec.structs.asdict(one), ensure_ascii=False) for one in entries]
    inside = ",\n".join(f"    {row}" for row in rows)
    text = f'{{\n  "version": {VERSION},\n  "dismissed": [\n{inside}\n  ]\n}}\n' if rows else _EMPTY
    # A lone surrogate is no UTF-8.
    return text.encode("utf-8", "replace").decode("utf-8")


_EMPTY = f'{{\n  "version": {VERSION},\n  "dismissed": []\n}}\n'


def _same(one: Dismissal) -> tuple[str, ...]:
    return one.persona, one.path, one.unit, one.digest


def _digest(code: str, language: str) -> str:
    # A note may be about nothing but a comment: then its words count.
    tokens = normal_tokens(dedent(code), language, docstrings=True) or code.split()
    return sha256("\0".join(tokens).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _around(where: Surroundings) -> str:
    before = next((line for line in reversed(where.lines[: where.span.first]) if _code(line, where.language)), "")
    after = next((line for line in where.lines[where.span.last :] if _code(line, where.language)), "")
    return _digest(f"{before.strip()}\n{after.strip()}", where.language)


def _code(line: str, language: str) -> bool:
    """Whether there is more on the line than white space and comment."""
    return bool(line.strip()) and any(token.strip() for token in normal_tokens(line.strip(), language, docstrings=True))
