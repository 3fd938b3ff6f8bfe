"""An infill as an edit: adapted to the white space before the cursor and to the code behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from postil.core.completion.place import QUOTES, Place, balance, indent_of

# Characters. A shorter overlap with the rest of the line is chance.
OVERLAP_CHARS = 3
# What closes something, ends an item or a statement, and the white space between; with `/` and `%` for markup.
_CLOSERS = frozenset(")]}>\"'`;,:/%? \t")
# Of `<` and `>`, what is no bracket.
_ARROW = re.compile(r"[-=]>|<[-=<]|>=")


@dataclass(frozen=True, slots=True)
class Insertion:
    """Text to insert at the cursor. It replaces the next `covers` characters of the line, which are closing brackets
    and quotes that the editor inserted."""

    text: str
    covers: int = 0


def fit(text: str, place: Place) -> Insertion | None:
    """The rest of an answer (`remaining`) as an edit; None if nothing is left."""
    text = text.rstrip()
    covers = _overlap(text, place) if text.strip() else 0
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


def _overlap(text: str, place: Place) -> int:
    """How many characters behind the cursor the text has already, at its end or as the closing brackets and quotes of
    what was opened before the cursor."""
    tail = place.tail.rstrip()
    closers = next((at for at, char in enumerate(tail) if char not in _CLOSERS), len(tail))
    angles = ">" in tail[: closers + 1]

    def faults(covers: int) -> int:
        return _faults(place.head + text + place.tail[covers:], angles=angles)

    left_as_it_is = faults(0)
    found = (left_as_it_is, 0, 0)
    for size in range(1, len(tail) + 1):
        piece = tail[:size]
        ends = text.endswith(piece)
        if not ends and not (size <= closers and _in_order(piece, text)):
            continue
        left = faults(size)
        if ends and _has_word(piece) and size < len(tail) and (size < OVERLAP_CHARS or left >= left_as_it_is):
            # A word that comes twice may be chance, unless the line is better without the second one.
            continue
        # Of equally good ones the longest that is repeated at the end; else the least is replaced.
        found = min(found, (left, -size if ends else 1, size))
    return found[2]


def _has_word(piece: str) -> bool:
    return any(char.isalnum() or char == "_" for char in piece)


def _in_order(piece: str, text: str) -> bool:
    """Whether the text has these characters in this order, perhaps with others between them."""
    left = iter(text)
    return all(char in left for char in piece if not char.isspace())


def _faults(line: str, *, angles: bool) -> int:
    """How many brackets of a piece of code are unbalanced, and whether a string is left open. `angles`: `<` and `>` are
    brackets too."""
    bare: list[str] = []
    quote = ""
    at = 0
    while at < len(line):
        char = line[at]
        triple = line[at : at + 3] if char in "\"'" and line[at : at + 3] == char * 3 else ""
        if quote:
            if char == "\\":
                at += 1
            elif quote == (triple or char) or (triple and quote == char):
                # Three quotes in a string of one: it ends, and an empty one follows.
                quote, at = "", at + len(quote) - 1
            elif char == "\n" and len(quote) == 1 and quote != "`":
                quote = ""
        elif char in QUOTES:
            quote = triple or char
            at += len(quote) - 1
            # A string is a word for what stands around it.
            bare.append("x")
        else:
            bare.append(char)
        at += 1
    code = "".join(bare)
    bare_angles = _ARROW.sub("", code)
    uneven = abs(bare_angles.count("<") - bare_angles.count(">")) if angles else 0
    return len(balance(code)) + bool(quote) + uneven
