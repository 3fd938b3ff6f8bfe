"""Where an infill ends: the stream is read until what comes can no longer belong to the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from postil.core.completion.place import CLOSE, Place, balance, indent_of
from postil.core.review.profile import CompletionRules
from postil.core.text.positions import NO_CHARACTER

# Special tokens of chat templates and of fill-in-the-middle training; those of the model come from the catalogue.
_SPECIAL = re.compile(r"<\|[a-z_]+\|>|<(?:fim|file|repo)_[a-z]+>|<EOT>|</s>")
# The beginning of a special token, at the end of what has arrived: what no code ends with, and what only an answer that
# was cut off ends with by chance.
_SPECIAL_BEGUN = re.compile(r"<(?:\|[a-z_]*\|?|(?:fim|file|repo)_[a-z]*)?\Z")
_PERHAPS_BEGUN = re.compile(r"<(?:/s?|f(?:im?|ile?)?|r(?:ep?o?)?|EO?T?)\Z")
_DEFINES = re.compile(
    r"\s*(?:@|(?:export |pub |async |static |abstract )*(?:def|class|function|func|fn|impl|interface|struct|enum)\b)"
)


class Cutter:
    """Takes a streamed infill and finds its end. `text` is the answer so far. `specials` are special tokens of the
    model; `begun` is the white space before the cursor on an otherwise empty line, which the stream continues."""

    def __init__(self, place: Place, rules: CompletionRules, specials: Sequence[str] = (), begun: str = "") -> None:
        self._place = place
        self._rules = rules
        self._begun = begun
        self._specials = tuple(specials)
        self._floor = place.floor
        self._raw = ""
        self._done = False
        # Offset of the line that is being written, and the number of lines before it.
        self._at = 0
        self._lines = 0
        # Offset of the first line indented less than the block, and the number of lines since.
        self._dedent_at: int | None = None
        self._past = 0
        # Offset of the answer's end, once that is known.
        self._end: int | None = None

    @property
    def text(self) -> str:
        """The answer as far as it is known; its last line may still grow."""
        return self._raw[: self._dedent_at if self._end is None else self._end]

    def feed(self, piece: str) -> bool:
        """Take a piece; True when the answer is complete and the stream can be closed."""
        if self._done:
            return True
        self._raw += piece
        special = _SPECIAL.search(self._raw)
        found = [place for token in self._specials if (place := self._raw.find(token)) >= 0]
        found += [special.start()] if special else []
        # A broken character ends the answer as well.
        found += [place for place in [self._raw.find(NO_CHARACTER)] if place >= 0]
        if found:
            self._raw = self._raw[: min(found)]
        while not self._done and (end := self._raw.find("\n", self._at)) >= 0:
            self._lines += 1
            self._line(self._at, end)
            self._at = end + 1
        if found and not self._done:
            # A special token is the model's own end.
            self.finish(ran_on=False)
        return self._done

    def finish(self, *, ran_on: bool) -> str:
        """The answer at the end of the stream. `ran_on`: the token limit ended it, not the model."""
        if not self._done:
            last = self._raw[self._at :]
            end = len(self._raw)
            if ran_on and self._lines:
                # The last line is incomplete, and what follows a dedent doesn't belong to the block.
                end = self._at if self._dedent_at is None else self._dedent_at
            elif not ran_on and last.strip() and self._starts_line and self._repeats(last):
                end = self._at
            self._stop(end)
        text = _SPECIAL_BEGUN.sub("", self._raw[: self._end])
        return (_PERHAPS_BEGUN.sub("", text) if ran_on else text).rstrip()

    @property
    def _starts_line(self) -> bool:
        """Whether the model writes the current line from its beginning."""
        return self._at > 0 or not self._place.head.strip()

    def _stop(self, at: int) -> None:
        self._done = True
        self._end = at

    def _line(self, begin: int, end: int) -> None:
        """Look at a line that is complete: `raw[begin:end]`."""
        place = self._place
        line = self._raw[begin:end]
        if self._lines == 1 and self._starts_line:
            line = self._begun + line
            self._floor = min(self._floor, indent_of(line))
        if place.kind == "rest":
            self._stop(end)
        elif self._dedent_at is not None:
            self._past += 1
            if self._past >= self._rules.grace_lines:
                self._stop(self._dedent_at)
        elif not line.strip():
            if self._raw[:end].strip() and self._raw[: end + 1].endswith("\n" * (self._rules.blank_lines + 1)):
                self._stop(begin)
        elif self._starts_line and (line.strip().startswith("```") or self._repeats(line)):
            self._stop(begin)
        elif place.kind == "statement" and self._whole(end):
            self._stop(end)
        elif self._starts_line:
            self._dedent(line, begin, end)

    def _whole(self, end: int) -> bool:
        """Whether the statement ends with this line: it has left no bracket and no block open."""
        place = self._place
        text = place.head + self._raw[:end]
        opened = [bracket for bracket in balance(text) if bracket not in CLOSE]
        closed = [bracket for bracket in balance(place.tail) if bracket in CLOSE]
        return len(opened) <= len(closed) and not place.opens(text[: text.find("\n")] if "\n" in text else text)

    def _dedent(self, line: str, begin: int, end: int) -> None:
        """A line that is indented less than the block belongs to the answer only if it closes the answer's bracket."""
        place = self._place
        floor = self._floor if place.kind == "block" else indent_of(place.head) + 1
        if indent_of(line) >= floor:
            return
        if line.strip()[0] in CLOSE:
            left = balance(place.head + self._raw[:end])
            if any(bracket in CLOSE for bracket in left):
                # It closes a bracket opened before the cursor. The document below may have that bracket already.
                self._stop(begin if place.next_line.strip()[:1] == line.strip()[0] else end)
            elif not left and (place.kind == "statement" or place.head.strip()):
                self._stop(end)
        elif place.kind == "statement" or _DEFINES.match(line):
            self._stop(begin)
        else:
            self._dedent_at, self._past = begin, 0

    def _repeats(self, line: str) -> bool:
        """Whether the line equals the next line of the document."""
        below = self._place.next_line
        if not below or line.strip() != below.strip():
            return False
        return len(line.strip()) >= self._rules.repeat_chars or indent_of(line) == indent_of(below)
