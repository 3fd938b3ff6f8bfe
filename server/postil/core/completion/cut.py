"""Where an infill ends: the stream is read until what comes can no longer belong to the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from postil.core.completion.place import CLOSE, Place, balance, indent_of
from postil.core.text.positions import NO_CHARACTER

# A model that ends by itself is believed: of the 1.5B's answers those that left the block were right more often than
# what a cut at the first dedent made of them (QUALITY.md: .60 against .40 of the multi-line holes). One that is still
# writing so many lines later doesn't end by itself.
GRACE_LINES = 2
# A shorter line ("}", "else:") repeats by chance.
REPEAT_CHARS = 6
# Two blank lines end what belongs together in every style guide.
BLANK_LINES = 2
# Templates' words and those of fill-in-the-middle training; the model's own come from the catalogue.
_SPECIAL = re.compile(r"<\|[a-z_]+\|>|<(?:fim|file|repo)_[a-z]+>|<EOT>|</s>")
# How a special token may begin that isn't whole yet: held back.
_SPECIAL_BEGUN = re.compile(r"<(?:\||/|fim|file|repo|EO)?[a-z_|]*\Z")
_DEFINES = re.compile(
    r"\s*(?:@|(?:export |pub |async |static |abstract )*(?:def|class|function|func|fn|impl|interface|struct|enum)\b)"
)


class Cutter:
    """Reads an infill as it comes. `feed` says when no more is wanted; `text` is the answer so far. `begun` is the
    white space of an empty line that the stream goes on behind."""

    def __init__(self, place: Place, specials: Sequence[str] = (), begun: str = "") -> None:
        self._place = place
        self._begun = begun
        self._specials = tuple(specials)
        self._floor = place.floor
        self._raw = ""
        self._done = False
        # Where the line that is being written begins, and how many stand before it.
        self._at = 0
        self._lines = 0
        # Where a line first left the block, how many came since, and where the answer ends for certain.
        self._fell_at: int | None = None
        self._past = 0
        self._end: int | None = None

    @property
    def text(self) -> str:
        """The answer as far as it is known; its last line may still grow."""
        return self._raw[: self._fell_at if self._end is None else self._end]

    def feed(self, piece: str) -> bool:
        """Take a piece; True when the answer is complete and the stream can be closed."""
        if self._done:
            return True
        self._raw += piece
        special = _SPECIAL.search(self._raw)
        found = [place for token in self._specials if (place := self._raw.find(token)) >= 0]
        found += [special.start()] if special else []
        # What stands behind half a character is no better.
        found += [place for place in [self._raw.find(NO_CHARACTER)] if place >= 0]
        if found:
            self._raw = self._raw[: min(found)]
        while not self._done and (end := self._raw.find("\n", self._at)) >= 0:
            self._lines += 1
            self._line(self._at, end)
            self._at = end + 1
        if found and not self._done:
            # The model's way of saying that it has ended.
            self.finish(ran_on=False)
        return self._done

    def finish(self, *, ran_on: bool) -> str:
        """The answer, now that the stream has ended; `ran_on`: by its limit and not by itself."""
        if not self._done:
            last = self._raw[self._at :]
            end = len(self._raw)
            if ran_on and self._lines:
                # Half a line, and no end in sight: what left the block wasn't meant to.
                end = self._at if self._fell_at is None else self._fell_at
            elif not ran_on and last.strip() and self._starts_line and self._repeats(last):
                end = self._at
            self._stop(end)
        return _SPECIAL_BEGUN.sub("", self._raw[: self._end]).rstrip()

    @property
    def _starts_line(self) -> bool:
        """Whether the line that is being written is all the model's own."""
        return self._at > 0 or not self._place.head.strip()

    def _stop(self, at: int) -> None:
        self._done = True
        self._end = at

    def _line(self, begin: int, end: int) -> None:
        """One more line is whole: `raw[begin:end]`."""
        place = self._place
        line = self._raw[begin:end]
        if self._lines == 1 and self._starts_line:
            line = self._begun + line
            self._floor = min(self._floor, indent_of(line))
        if place.kind == "rest":
            self._stop(end)
        elif self._fell_at is not None:
            self._past += 1
            if self._past >= GRACE_LINES:
                self._stop(self._fell_at)
        elif not line.strip():
            if self._raw[:end].strip() and self._raw[: end + 1].endswith("\n" * (BLANK_LINES + 1)):
                self._stop(begin)
        elif self._starts_line and (line.strip().startswith("```") or self._repeats(line)):
            self._stop(begin)
        elif place.kind == "statement" and self._whole(end):
            self._stop(end)
        elif self._starts_line:
            self._fell(line, begin, end)

    def _whole(self, end: int) -> bool:
        """Whether the statement ends with this line: no bracket of its own is open, and no block either."""
        place = self._place
        text = place.head + self._raw[:end]
        opened = [bracket for bracket in balance(text) if bracket not in CLOSE]
        closed = [bracket for bracket in balance(place.tail) if bracket in CLOSE]
        return len(opened) <= len(closed) and not place.opens(text[: text.find("\n")] if "\n" in text else text)

    def _fell(self, line: str, begin: int, end: int) -> None:
        """A line that is indented less than what is written here belongs to it only as its closing bracket."""
        place = self._place
        floor = self._floor if place.kind == "block" else indent_of(place.head) + 1
        if indent_of(line) >= floor:
            return
        if line.strip()[0] in CLOSE:
            left = balance(place.head + self._raw[:end])
            if any(bracket in CLOSE for bracket in left):
                # It closes what was open before; the document below has that bracket, or the model gives it.
                self._stop(begin if place.next_line.strip()[:1] == line.strip()[0] else end)
            elif not left and (place.kind == "statement" or place.head.strip()):
                self._stop(end)
        elif place.kind == "statement" or _DEFINES.match(line):
            self._stop(begin)
        else:
            self._fell_at, self._past = begin, 0

    def _repeats(self, line: str) -> bool:
        """Whether a line is the one that already stands below."""
        below = self._place.next_line
        if not below or line.strip() != below.strip():
            return False
        return len(line.strip()) >= REPEAT_CHARS or indent_of(line) == indent_of(below)
