"""The `edit` method: the first difference of a model's rewrite from its unit, found while the rewrite streams."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from postil.core.anew import resembles
from postil.core.review.finding import Span
from postil.core.review.profile import ReviewProfile
from postil.core.syntax.languages import comment_of
from postil.core.syntax.units import Unit

# Characters of a line that tells its place: many lines are a brace.
_LEAST_LINE = 4


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines `span` of the unit (`old`) and the lines of the rewrite that replace them (`new`). `offset`, in code points
    from the start of the unit, is where the token with the first difference begins; up to there the rewrite is a
    copy."""

    span: Span
    old: tuple[str, ...]
    new: tuple[str, ...]
    offset: int = 0


def begin_of(unit: Unit, profile: ReviewProfile) -> int:
    """The line that a rewrite begins with: behind the head, unless the profile's model is to rewrite it, too."""
    return 0 if profile.rewrite_head else unit.head_lines


class Rewrite:
    """Takes the rewrite in pieces, from the unit's line `start` on (`begin_of` when there is none). `hunk` is the
    first difference. It is final as soon as `resync_lines` lines behind it equal the unit's again. Without
    any code in it (`answered`: blank, an empty fence, prose before one that begins anew), an answer is no rewrite."""

    def __init__(self, unit: Unit, profile: ReviewProfile, start: int | None = None) -> None:
        self._resync_lines = profile.resync_lines
        self._max_hunk_lines = profile.max_hunk_lines
        self._old = unit.lines
        self._comment = comment_of(unit.language)
        self._at = self._start = begin_of(unit, profile) if start is None else start
        # The line of the unit that the answer begins with.
        self.first = self._at
        # Before the opening fence of an answer that begins anew.
        self._outside = False
        # Before the first line of code of one; whether it is only a part of the unit.
        self._anew = self.part = False
        self._rest = ""
        self._new: list[str] = []
        # Offsets, in the text fed so far, of each line of `_new` and of each piece.
        self._new_starts: list[int] = []
        self._pieces: list[int] = []
        self._taken = 0
        self._head = unit.until(self._at)
        self.text = self._head
        # Whether the answer has any code, and what of it is no copy of the unit's lines.
        self.answered = False
        # The stream has ended, and whether by a closing fence.
        self.ended = self.closed = False
        self.hunk: Hunk | None = None

    @property
    def settled(self) -> bool:
        """Whether the rest of the stream is of no use."""
        return self.hunk is not None or self.ended

    @property
    def unmatched(self) -> str:
        """What was written behind the copy, without an end so far."""
        return "\n".join([*self._new, self._rest])

    @property
    def copied_all(self) -> bool:
        """Whether nothing of the unit is left but blank lines."""
        left = [line.strip() for line in self._old[self._at :] if line.strip()]
        return not left or left == [self._rest.strip()]

    def begin_anew(self) -> None:
        """The answer doesn't continue what the request begins it with: it is all of the unit, between fences of its own
        or behind some prose. What was fed so far is no part of it."""
        self._at = self.first = 0
        self._outside = True
        self._anew, self.part = True, False
        self.hunk, self.ended, self.closed = None, False, False
        self.answered = False
        self._new, self._new_starts = [], []
        self._head = ""
        self._read_from("")

    def _read_from(self, rest: str) -> None:
        """Count the text from here."""
        self._rest = self.text = rest
        self._taken, self._pieces = 0, [0] if rest else []

    def feed(self, piece: str) -> Hunk | None:
        """Take a piece. Returns the hunk, once it is final."""
        if self.settled:
            return None
        self._pieces.append(len(self.text) - len(self._head))
        self.text += piece
        self._rest += piece
        while not self.settled and "\n" in self._rest:
            line, self._rest = self._rest.split("\n", 1)
            if self._outside:
                self._read_from(f"{line}\n{self._rest}" if self._enters(line) else self._rest)
                continue
            if self._closes(line):
                # Behind the closing fence comes prose.
                self._rest, self.closed = "", True
                return self.finish()
            self._line(line.rstrip("\r"))
            self._taken += len(line) + 1
        return self.hunk

    def finish(self, *, complete: bool = True) -> Hunk | None:
        """End of the stream. `complete` is False when a token limit cut it off: lines that are missing at its end are
        not deletions then."""
        if self.settled:
            return self.hunk
        self.ended = True
        if self._outside and not (self._rest.strip() and self._enters(self._rest)):
            return None
        self.closed = self.closed or self._closes(self._rest)
        last = "" if self.closed else self._rest
        if last.strip() and (complete or self._new):
            self._line(last.rstrip())
        complete = complete and not self.part
        # The end of an empty answer is no deletion of what it hasn't copied.
        if self.hunk is None and complete and self.answered:
            rest = self._old[self._at :]
            self._settle(len(self._old), self._new if self._new else [], rest)
        return self.hunk

    def _enters(self, line: str) -> bool:
        """Whether this line of an answer that begins anew is code already, and not its opening fence or prose."""
        if line.strip().startswith("```"):
            self._outside = False
            return False
        self._outside = not any(resembles(line, self._old[row]) for row in self._beginnings())
        return not self._outside

    def _beginnings(self) -> list[int]:
        """The lines of the unit with which an answer that begins anew may begin: the first, and the one behind what the
        request has begun, when the model only repeats the opening fence."""
        rows = [row for row, line in enumerate(self._old) if line.strip()]
        return [*rows[:1], *[row for row in rows if row >= self._start][:1]]

    def _enter(self, line: str) -> None:
        """Find where the first line of an answer that begins anew stands. What isn't in a part is no deletion."""
        self._anew = False
        row = next((row for row in self._beginnings() if resembles(line, self._old[row])), None)
        if row is None and len(line.strip()) >= _LEAST_LINE:
            row = next((row for row, old in enumerate(self._old) if self._same(line, old)), None)
            self.part = row is not None
        self._at = self.first = row or 0

    def _closes(self, line: str) -> bool:
        """Whether this is the closing fence, and no line of the unit that is still to be copied. Small models close
        with three backticks even where the opening fence has more (core/text/fence)."""
        bare = line.strip()
        return bare.startswith("```") and bare not in map(str.strip, self._old[self._at :])

    def _same(self, a: str, b: str) -> bool:
        return a.rstrip() == b.rstrip() or self._bare(a) == self._bare(b)

    def _bare(self, line: str) -> str:
        """The line without a trailing comment: models drop comments while they copy."""
        if not self._comment:
            return line.rstrip()
        found = re.search(rf"(?:^|\s){re.escape(self._comment)}.*$", line)
        return (line[: found.start()] if found else line).rstrip()

    def _without_remark(self, line: str) -> str:
        """A changed line without a comment that the model added ("# fixed: …")."""
        bare = self._bare(line)
        return bare if bare.strip() and line.strip() and line[len(bare) :].strip() not in "\n".join(self._old) else line

    def _line(self, line: str) -> None:
        self.answered = self.answered or bool(line.strip())
        if self._anew and line.strip():
            self._enter(line)
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
        """Skip blank lines and whole-line comments that the rewrite leaves out: they are no difference."""
        while (
            self._at < len(self._old)
            and not self._same(line, self._old[self._at])
            and not self._bare(self._old[self._at]).strip()
            and self._at + 1 < len(self._old)
        ):
            self._at += 1

    def _resynchronise(self) -> None:
        """Settle the hunk if the last lines of the rewrite are lines of the unit again."""
        size = self._resync_lines
        tail = self._new[-size:]
        if len(tail) < size or not any(len(line.strip()) > 3 for line in tail):
            return
        last = min(len(self._old) - size, self._at + len(self._new) + self._max_hunk_lines)
        for row in range(self._at, last + 1):
            if all(self._same(a, b) for a, b in zip(tail, self._old[row : row + size], strict=False)):
                self._settle(row, self._new[:-size], [])
                return

    def _settle(self, row: int, new: Sequence[str], rest: Sequence[str]) -> None:
        """Make the hunk: lines `_at`..`row` of the unit became `new`, less the equal lines at both ends. `rest` are the
        unit's remaining lines at the end of the stream."""
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
            self._at = row + (0 if rest else self._resync_lines)
            return
        while kept and not kept[-1].strip():
            kept = kept[:-1]
        offset = sum(len(line) + 1 for line in self._old[:first])
        inside = self._piece_inside(start, _common(old, kept)) if kept else 0
        self.hunk = Hunk(Span(first, last), old, kept, offset + inside)

    def _piece_inside(self, start: int, column: int) -> int:
        """The start, relative to line `start` of `_new`, of the piece with the character at `column`. A request for
        probabilities must begin at a token's start."""
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
    """The unit's text after this one change."""
    lines = unit.lines
    return "\n".join((*lines[: hunk.span.first], *hunk.new, *lines[hunk.span.last :]))
