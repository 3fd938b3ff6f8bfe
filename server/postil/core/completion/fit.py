"""An infill as an edit: adapted to the white space before the cursor and to the code behind it."""

from __future__ import annotations

from dataclasses import dataclass

from postil.core.completion.place import CLOSE, QUOTES, Place, balance, indent_of

# Characters. A shorter overlap with the rest of the line is chance.
OVERLAP_CHARS = 3


@dataclass(frozen=True, slots=True)
class Insertion:
    """Text to insert at the cursor. It replaces the next `covers` characters of the line, which are closing brackets
    and quotes that the editor inserted."""

    text: str
    covers: int = 0


def fit(text: str, place: Place) -> Insertion | None:
    """The rest of an answer (`remaining`) as an edit; None if nothing is left."""
    text = _without_overlap(text.rstrip(), place)
    return Insertion(text, _covered(text, place)) if text.strip() else None


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


def _without_overlap(text: str, place: Place) -> str:
    """The text without its end that the line has behind the cursor already."""
    tail = place.tail.rstrip()
    if "\n" in text or not tail:
        return text
    closers_only = all(char in CLOSE or char in QUOTES or char == ";" for char in tail)
    if not closers_only and text.endswith(tail) and _worse(place.head + text + tail, place.head + text):
        return text[: -len(tail)]
    for size in range(min(len(tail), len(text)), OVERLAP_CHARS - 1, -1):
        piece = tail[:size]
        # Only a piece with a word: two closing brackets may follow each other.
        if text.endswith(piece) and any(char.isalnum() for char in piece):
            whole = size == len(tail)
            if whole or _worse(place.head + text + tail, place.head + text[:-size] + tail):
                return text[:-size]
    return text


def _worse(line: str, other: str) -> bool:
    """Whether the line has more unbalanced brackets than the other."""
    return len(balance(line)) > len(balance(other))


def _covered(text: str, place: Place) -> int:
    """How many of the closing characters behind the cursor the text contains itself."""
    tail = place.tail
    covers = 0
    if tail[:1] in QUOTES and tail and _doubles_quote(place.head, text, tail):
        covers = 1
    run = next((at for at, char in enumerate(tail[covers:]) if char not in CLOSE), len(tail) - covers)
    # Closing brackets of earlier lines are unbalanced in both.
    allowed = _unbalanced_closers(place.head + tail)
    whole = place.head + text
    covers += next((more for more in range(run) if _unbalanced_closers(whole + tail[covers + more :]) <= allowed), run)
    if text.endswith(";") and tail[covers:].strip() == ";":
        return len(tail.rstrip())
    return covers


def _unbalanced_closers(line: str) -> int:
    return sum(1 for bracket in balance(line) if bracket in CLOSE)


def _doubles_quote(head: str, text: str, tail: str) -> bool:
    """Whether the quote behind the cursor would open a new string because the text has closed its own."""
    quote = tail[0]
    return head.count(quote) % 2 == 1 and text.count(quote) % 2 == 1 and tail.count(quote) % 2 == 1
