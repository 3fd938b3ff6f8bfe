"""An infill as an edit: adapted to the white space before the cursor and to the code behind it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from postil.core.completion.foreign import is_foreign, without_head
from postil.core.completion.nesting import unbalanced
from postil.core.completion.place import Place, indent_of

# Characters. A shorter overlap with the rest of the line is chance.
OVERLAP_CHARS = 3
# So much of it is none even where the answer was cut off inside a word.
_LONG_OVERLAP = 8
# Characters of the cursor's line that are compared. A longer one is a page in a line.
SEEN_HEAD = 1000
SEEN_TAIL = 200
# What closes something, ends an item or a statement, and the white space between.
_CLOSERS = re.compile(r"(?:[)\]}>\"'`;,:/%?*#|\s-]|</[\w.:-]*>)*")
_ENDS = ")]}>\"'`"
_TOKEN = re.compile(r"\w+|[^\w\s]")
# A closing tag, perhaps its beginning.
_TAG = re.compile(r"</[\w.:-]*>?")


@dataclass(frozen=True, slots=True)
class Insertion:
    """Text to insert at the cursor. It replaces the next `covers` characters of the line, which are closing brackets
    and quotes that the editor inserted."""

    text: str
    covers: int = 0


def fit(text: str, place: Place) -> Insertion | None:
    """The rest of an answer (`remaining`) as an edit; None if nothing is left, or it is no code."""
    if is_foreign(text, place):
        return None
    text = without_head(text, place)
    joined = _joined(text.rstrip(), place) if text.strip() else Insertion("")
    text, covers = joined.text, joined.covers
    piece = place.tail[:covers]
    if text.endswith(piece) and (not text.removesuffix(piece).strip() or _has_word(piece)):
        text, covers = text.removesuffix(piece), 0
    return Insertion(text, covers) if text.strip() else None


def remaining(answer: str, typed: str, *, starts_line: bool) -> str | None:
    """The rest of an answer after the user has typed `typed`; None if they typed something else. With `starts_line` the
    answer begins a line, and the user's indentation replaces its own."""
    if starts_line:
        indent = typed[: len(typed) - len(typed.lstrip(" \t"))]
        answer, typed = reindented(answer, indent), typed[len(indent) :]
    return answer[len(typed) :] if answer.startswith(typed) else None


def reindented(text: str, typed: str) -> str:
    """The text without the indentation `typed`, which is in the document already. If the first line is indented
    differently, all lines are moved with it."""
    if text.startswith(typed):
        return text[len(typed) :]
    lines = text.split("\n")
    first = lines[0]
    own = first[: len(first) - len(first.lstrip(" \t"))]
    if indent_of(own) > indent_of(typed):
        # Indented deeper in other white space (a tab for spaces): the typed indentation is kept.
        return first.lstrip(" \t") + "".join("\n" + line for line in lines[1:])
    moved = [typed + line[len(own) :] if line.startswith(own) and line.strip() else line for line in lines[1:]]
    return "\n".join([first[len(own) :], *moved])


@dataclass(frozen=True)
class _Line:
    """The cursor's line, to be filled in."""

    place: Place

    def faults(self, text: str, covers: int = 0) -> int:
        """In how many brackets, quotes and tags the filled line differs from the line as it is, and 1 if it ends twice.
        What earlier lines have opened, and what is open in the line anyway, is so in both."""
        after = self._unbalanced(f"{self.place.head[-SEEN_HEAD:]}{text}{self.place.tail[covers:SEEN_TAIL]}")
        ended = text[-1:] in (",", ";") and self.place.tail[covers:].lstrip().startswith(text[-1])
        return (after - self._before).total() + (self._before - after).total() + ended

    @cached_property
    def _before(self) -> Counter[str]:
        return self._unbalanced(self.place.head[-SEEN_HEAD:] + self.place.tail[:SEEN_TAIL])

    def _unbalanced(self, line: str) -> Counter[str]:
        return unbalanced(line, self.place.language)


def _joined(text: str, place: Place) -> Insertion:
    """The text, and how much behind the cursor it has already: at its end, or as what closes things that were opened
    before the cursor."""
    tail = place.tail.rstrip()[:SEEN_TAIL]
    if not tail:
        return Insertion(text)
    text = _spaced_as(tail, text, place.language)
    line = _Line(place)
    closers = len(found[0]) if (found := _CLOSERS.match(tail)) else 0
    as_it_is = line.faults(text)
    best = (as_it_is, 0, 0)
    for size in range(1, len(tail) + 1):
        ends = text.endswith(tail[:size])
        if not ends and (size > closers or not _in_order(tail[:size], text)):
            continue
        faults = line.faults(text, size)
        if ends and not _repeats(tail, size) and faults >= as_it_is:
            continue
        # Of equally good ones the longest that is repeated at the end; else the least is replaced.
        best = min(best, (faults, -size if ends else 1, size))
    if best[0] and closers < len(tail) and "\n" not in text:
        # The answer closes something and goes on otherwise than the line does: the line's rest is the user's.
        ends = (at for at, char in enumerate(text) if char == tail.lstrip()[0] and char in _ENDS)
        if (end := next((at for at in ends if text[:at].strip() and not line.faults(text[:at])), None)) is not None:
            return Insertion(text[:end].rstrip())
    return Insertion(text, best[2])


def _spaced_as(tail: str, text: str, language: str) -> str:
    """The text; where it ends with all of the tail or its beginning, with the tail's white space there. What closes
    something that the text has opened itself is none of the tail."""
    last = text.rpartition("\n")[2]
    written, kept = list(_TOKEN.finditer(last)), list(_TOKEN.finditer(tail))
    for count in range(min(len(written), len(kept)), 0, -1):
        same = all(a[0] == b[0] for a, b in zip(written[-count:], kept[:count], strict=True))
        if same and sum(len(token[0]) for token in kept[:count]) >= OVERLAP_CHARS:
            begins, ends = written[-count].start(), kept[count - 1].end()
            before = last[:begins]
            if unbalanced(before, language):
                continue
            # White space before the tail's first token is the tail's, too.
            before = before.rstrip() if tail[:1].isspace() else before
            return text[: len(text) - len(last)] + before + tail[:ends]
    return text


def _repeats(tail: str, size: int) -> bool:
    """Whether it is no chance that a text ends with the first `size` characters of the tail."""
    piece = tail[:size]
    if size == len(tail) or not _has_word(_TAG.sub("", piece)):
        return True
    if _has_word(piece[-1]) and _has_word(tail[size]):
        return len(piece.strip()) >= _LONG_OVERLAP
    all_words = not _has_word(piece[0]) and not _has_word(tail[size:])
    return all_words or len(piece.strip()) >= OVERLAP_CHARS


def _has_word(piece: str) -> bool:
    return any(char.isalnum() or char == "_" for char in piece)


def _in_order(piece: str, text: str) -> bool:
    """Whether the text has these characters in this order, perhaps with others between them."""
    left = iter(text)
    return all(char in left for char in piece if not char.isspace())
