"""The baseline (`.postil/baseline.json`): dismissed findings, recognised by their code and not by their lines."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec

from postil.core.review.finding import Finding, Span
from postil.core.syntax import tree
from postil.core.text.plain import one_line

VERSION = 1
# Characters of code and suggestion that are stored, for people and as an example in a prompt.
KEPT = 400
# A finding is recognised by its own lines and by two of these: its file, its unit's name, the lines around it. So it is
# found again after edits above it, and after a file or function was renamed; `return None` elsewhere is another
# finding.
MATCHES = 2


class Dismissal(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A dismissed finding. `path` is relative to the workspace, with `/`; `unit` is the name of its unit; `code` and
    `suggested` are the beginnings of its lines and of its fix. `digest` and `around` are the first 32 hex digits of the
    SHA-256 of the tokens of its lines, and of the lines of code before and after them. `on` is an ISO 8601 date."""

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
    """The place of a finding: file, unit, and lines of the file's text."""

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
        """Whether this finding was dismissed."""
        if not self._by_code:
            return False
        known = self._by_code.get((finding.persona, _digest(finding.quote, where.language)), ())
        return any(
            (one.path == where.path) + (one.unit == where.unit) + (one.around == _around(where)) >= MATCHES
            for one in known
        )

    def examples(self, persona: str, language: str, most: int) -> tuple[Dismissal, ...]:
        """The newest dismissed findings of this persona in this language, at most `most`."""
        own = [one for one in self.dismissed if (one.persona, one.language) == (persona, language) and one.code.strip()]
        return tuple(sorted(own, key=lambda one: one.on, reverse=True)[:most])

    def having(self, more: Iterable[Dismissal]) -> Baseline:
        """This baseline and more dismissals. One that is known already gets the new reason and date."""
        every = {_same(one): one for one in (*self.dismissed, *more)}
        return Baseline(tuple(every.values()))


def dismissal(finding: Finding, where: Surroundings, why: str = "", on: str = "") -> Dismissal:
    """The entry for a finding that is dismissed."""
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
    """The baseline in a file's bytes; or an empty one, and the error with its place in the file. Never raises."""
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
    """The file's text: sorted, one dismissal a line, so that branches merge without conflicts and a diff shows the
    findings."""
    entries = sorted(baseline.dismissed, key=lambda one: (one.path, one.unit, one.persona, one.code, one.digest))
    rows = [json.dumps(msgspec.structs.asdict(one), ensure_ascii=False) for one in entries]
    inside = ",\n".join(f"    {row}" for row in rows)
    text = f'{{\n  "version": {VERSION},\n  "dismissed": [\n{inside}\n  ]\n}}\n' if rows else _EMPTY
    # UTF-8 has no lone surrogates.
    return text.encode("utf-8", "replace").decode("utf-8")


_EMPTY = f'{{\n  "version": {VERSION},\n  "dismissed": []\n}}\n'


def _same(one: Dismissal) -> tuple[str, ...]:
    return one.persona, one.path, one.unit, one.digest


def _digest(code: str, language: str) -> str:
    # Code without tokens is only a comment: then its words count.
    tokens = tree.normal_tokens(tree.dedent(code), language, docstrings=True) or code.split()
    return sha256("\0".join(tokens).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _around(where: Surroundings) -> str:
    before = next((line for line in reversed(where.lines[: where.span.first]) if _code(line, where.language)), "")
    after = next((line for line in where.lines[where.span.last :] if _code(line, where.language)), "")
    return _digest(f"{before.strip()}\n{after.strip()}", where.language)


def _code(line: str, language: str) -> bool:
    """Whether the line has code, not only white space and comments."""
    return bool(line.strip()) and any(
        token.strip() for token in tree.normal_tokens(line.strip(), language, docstrings=True)
    )
