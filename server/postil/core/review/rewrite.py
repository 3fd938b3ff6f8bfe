"""The `edit` method: a model's rewrite of a unit, compared with the unit while it is being written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from postil.core.review.finding import Span
from postil.core.review.reworded import only_removes, same_reworded
from postil.core.review.same_meaning import same_meaning
from postil.core.syntax.languages import comment_of
from postil.core.syntax.tree import new_errors, same_code, standalone
from postil.core.syntax.units import Unit
from postil.core.text.positions import NO_CHARACTER

# So many equal lines in a row and the copy is back in step: one may be chance (a lone `else:` or `}`).
STEP_LINES = 2
# A difference longer than this is another program, not a mended line.
MAX_HUNK_LINES = 12
# Of the tuning pairs' differences in place of several lines, one in three was right; of the others, one in two.
MAX_OLD_LINES = 1

Refusal = Literal["same code", "syntax error", "left out", "runaway", "same meaning", "reworded", "broken characters"]


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines `span` of the unit and what the rewrite has instead. `offset` (code points from the unit's beginning) is
    where the token with the first difference begins: the unit's text up to there is what the model had copied."""

    span: Span
    old: tuple[str, ...]
    new: tuple[str, ...]
    offset: int = 0


class Rewrite:
    """Feed it the text that follows the unit's line `start` (its head when none is given). `hunk` is the first
    difference, as soon as the copy has come back into step behind it; nothing that is fed later changes it."""

    def __init__(self, unit: Unit, start: int | None = None) -> None:
        self._unit = unit
        self._old = unit.lines
        self._comment = comment_of(unit.language)
        self._at = unit.head_lines if start is None else start
        self._rest = ""
        self._new: list[str] = []
        # Where, in what was fed, each line of `_new` and each piece begins.
        self._new_starts: list[int] = []
        self._pieces: list[int] = []
        self._taken = 0
        self._head = unit.until(self._at)
        self.text = self._head
        self.ended = False
        self.hunk: Hunk | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing more can come of the stream."""
        return self.hunk is not None or self.ended

    def feed(self, piece: str) -> Hunk | None:
        """The first hunk once it is settled by this piece."""
        if self.settled:
            return None
        self._pieces.append(len(self.text) - len(self._head))
        self.text += piece
        self._rest += piece
        while not self.settled and "\n" in self._rest:
            line, self._rest = self._rest.split("\n", 1)
            if self._closes(line):
                # What a model says behind its code is no code.
                self._rest = ""
                return self.finish()
            self._line(line.rstrip("\r"))
            self._taken += len(line) + 1
        return self.hunk

    def finish(self, *, complete: bool = True) -> Hunk | None:
        """The stream is over. With `complete` False it was cut by a limit: what it lacks is no deletion."""
        if self.settled:
            return self.hunk
        self.ended = True
        last = "" if self._closes(self._rest) else self._rest
        if last.strip() and (complete or self._new):
            self._line(last.rstrip())
        if self.hunk is None and complete:
            rest = self._old[self._at :]
            self._settle(len(self._old), self._new if self._new else [], rest)
        return self.hunk

    def _closes(self, line: str) -> bool:
        """Whether the code ends here: at a fence that is none of the lines that are still to be copied. Its own is
        longer than any of them (core/fence), but small models close with three backticks whatever they opened with."""
        bare = line.strip()
        return bare.startswith("```") and bare not in map(str.strip, self._old[self._at :])

    def _same(self, a: str, b: str) -> bool:
        return a.rstrip() == b.rstrip() or self._bare(a) == self._bare(b)

    def _bare(self, line: str) -> str:
        """The line without a trailing comment: a model drops comments that aren't the point."""
        if not self._comment:
            return line.rstrip()
        found = re.search(rf"(?:^|\s){re.escape(self._comment)}.*$", line)
        return (line[: found.start()] if found else line).rstrip()

    def _without_remark(self, line: str) -> str:
        """A changed line without the comment that the model adds to tell what it did ("# fixed: …")."""
        bare = self._bare(line)
        return bare if bare.strip() and line.strip() and line[len(bare) :].strip() not in "\n".join(self._old) else line

    def _line(self, line: str) -> None:
        if not self._new:
            self._skip_blank(line)
            if self._at < len(self._old) and self._same(line, self._old[self._at]):
                self._at += 1
                return
            if not line.strip():
                return
        self._new.append(line)
        self._new_starts.append(self._taken)
        self._resynchronise()

    def _skip_blank(self, line: str) -> None:
        """Blank lines and whole-line comments that the model leaves out are no difference."""
        while (
            self._at < len(self._old)
            and not self._same(line, self._old[self._at])
            and not self._bare(self._old[self._at]).strip()
            and self._at + 1 < len(self._old)
        ):
            self._at += 1

    def _resynchronise(self) -> None:
        tail = self._new[-STEP_LINES:]
        if len(tail) < STEP_LINES or not any(len(line.strip()) > 3 for line in tail):
            return
        last = min(len(self._old) - STEP_LINES, self._at + len(self._new) + MAX_HUNK_LINES)
        for row in range(self._at, last + 1):
            if all(self._same(a, b) for a, b in zip(tail, self._old[row : row + STEP_LINES], strict=False)):
                self._settle(row, self._new[:-STEP_LINES], [])
                return

    def _settle(self, row: int, new: Sequence[str], rest: Sequence[str]) -> None:
        """Lines `_at`..`row` of the unit became `new`; equal lines at both ends are no part of it."""
        first, last, end = self._at, row, len(new)
        start = 0
        while start < end and first < last and self._same(new[start], self._old[first]):
            start, first = start + 1, first + 1
        while end > start and last > first and self._same(new[end - 1], self._old[last - 1]):
            end, last = end - 1, last - 1
        kept = tuple(self._without_remark(line) for line in new[start:end])
        old = tuple(self._old[first:last])
        if not any(line.strip() for line in (*kept, *old)):
            self._new, self._new_starts = [], []
            self._at = row + (0 if rest else STEP_LINES)
            return
        while kept and not kept[-1].strip():
            kept = kept[:-1]
        offset = sum(len(line) + 1 for line in self._old[:first])
        inside = self._piece_inside(start, _common(old, kept)) if kept else 0
        self.hunk = Hunk(Span(first, last), old, kept, offset + inside)

    def _piece_inside(self, start: int, column: int) -> int:
        """Where, in the hunk's first lines, the piece begins that holds the character at `column`: a probability
        asked for from the middle of a token would be another token's."""
        begins = self._new_starts[start]
        piece = max((at for at in self._pieces if at <= begins + column), default=begins)
        return max(0, piece - begins)


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    a, b = "\n".join(old), "\n".join(new)
    count = 0
    while count < min(len(a), len(b)) and a[count] == b[count]:
        count += 1
    return count


def applied(unit: Unit, hunk: Hunk) -> str:
    """The unit's text with this one hunk in it."""
    lines = unit.lines
    return "\n".join((*lines[: hunk.span.first], *hunk.new, *lines[hunk.span.last :]))


def invalid_reason(unit: Unit, hunk: Hunk) -> Refusal | None:
    """Why a hunk is no finding; None when it may be one."""
    solid_old = [line for line in hunk.old if line.strip()]
    solid_new = [line for line in hunk.new if line.strip()]
    if max(len(solid_old), len(solid_new)) > MAX_HUNK_LINES:
        return "runaway"
    if NO_CHARACTER in "".join(hunk.new) and NO_CHARACTER not in unit.text:
        return "broken characters"
    rewritten = applied(unit, hunk)
    if not rewritten.strip():
        return "left out"
    before, after = (standalone(text, unit.language, unit.kind) for text in (unit.text, rewritten))
    if same_code(before, after, unit.language):
        return "same code"
    if unit.language == "python" and same_meaning(before, after):
        return "same meaning"
    around = unit.lines[: hunk.span.first], unit.lines[hunk.span.last :]
    if same_reworded(hunk.old, hunk.new, *("\n".join(lines) for lines in around)):
        return "reworded"
    if new_errors(before, after, unit.language):
        return "syntax error"
    return None


def reject_reason(unit: Unit, hunk: Hunk) -> Refusal | None:
    """Why a hunk of a forced rewrite is no finding: `invalid_reason`, or that it only shortens a line. A small
    model that has to change something drops a guard, a copy or a wrapper: of the tuning pairs' differences that only
    shorten, none mended anything. Nor does it mend several lines at once: it writes them another way."""
    if sum(1 for line in hunk.old if line.strip()) > MAX_OLD_LINES:
        return "runaway"
    return invalid_reason(unit, hunk) or ("left out" if only_removes(hunk.old, hunk.new) else None)
