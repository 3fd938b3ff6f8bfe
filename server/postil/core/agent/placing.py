"""Where the lines that an edit quotes stand in a file, and the file with others in their place."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

# Below it no line of the file is what a quoted one was meant to be.
_ALIKE = 0.6
_NUMBER = re.compile(r"\d+:(?: |$)")


class NotPlaced(Exception):
    """The edit can't be made. The message is for the model."""


def placed(text: str, old: str, new: str) -> str:
    """The text with `new` in the place of `old`, which must stand there once; with another indentation or other white
    space at line ends it is found, too. Raises NotPlaced."""
    if _numbered(old):
        old, new = _without_numbers(old), _without_numbers(new)
    if not old.strip():
        if text.strip():
            raise NotPlaced("say which lines are replaced: the SEARCH part is empty")
        return new
    if (count := text.count(old)) == 1 and _whole(text, old):
        return text.replace(old, new, 1)
    lines, wanted = text.split("\n"), _trimmed(old)
    found = [at for at in range(len(lines) - len(wanted) + 1) if _same(lines[at : at + len(wanted)], wanted)]
    if len(found) == 1:
        at = found[0]
        there = lines[at : at + len(wanted)]
        return "\n".join(
            [*lines[:at], *_indented(_trimmed(new) if new.strip() else [], wanted, there), *lines[at + len(wanted) :]]
        )
    if count == 1:
        return text.replace(old, new, 1)
    if count > 1 or len(found) > 1:
        rows = ", ".join(str(at + 1) for at in found[:8])
        where = f" (from lines {rows})" if rows else ""
        raise NotPlaced(f"these lines stand there {max(count, len(found))} times{where}: quote more lines around them")
    raise NotPlaced(f"these lines aren't in the file{_nearest(lines, wanted)}. Quote them as they are")


def _numbered(text: str) -> bool:
    """Whether it was quoted with the line numbers of a search."""
    lines = [line for line in text.split("\n") if line.strip()]
    return bool(lines) and all(_NUMBER.match(line) for line in lines)


def _without_numbers(text: str) -> str:
    return "\n".join(_NUMBER.sub("", line) for line in text.split("\n"))


def _whole(text: str, old: str) -> bool:
    """Whether a quotation that ends with its line's end begins at a line's beginning."""
    at = text.find(old)
    return not old.endswith("\n") or at == 0 or text[at - 1] == "\n" or not old.startswith((" ", "\t"))


def _trimmed(text: str) -> list[str]:
    """Its lines without empty ones at both ends."""
    lines = text.replace("\r\n", "\n").split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def _same(there: list[str], wanted: list[str]) -> bool:
    return all(a.strip() == b.strip() for a, b in zip(there, wanted, strict=True))


def _indented(new: list[str], wanted: list[str], there: list[str]) -> list[str]:
    """The new lines with the indentation that the file has where the quotation has another."""
    quoted, actual = _margin(wanted[0]), _margin(there[0])
    end = "\r" if there[0].endswith("\r") else ""
    moved: list[str] = []
    for line in new:
        bare = line.rstrip("\r")
        if quoted != actual and bare.strip():
            bare = actual + bare[len(quoted) :] if bare.startswith(quoted) else actual + bare.lstrip()
        moved.append(bare + end if bare.strip() or not end else end)
    return moved


def _margin(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _nearest(lines: list[str], wanted: list[str]) -> str:
    """What stands where they were probably meant."""
    head = wanted[0].strip() if wanted else ""
    rated = [
        (SequenceMatcher(None, head, line.strip()).ratio(), at) for at, line in enumerate(lines[:5000]) if line.strip()
    ]
    best, at = max(rated, default=(0.0, 0))
    if best < _ALIKE:
        return ""
    near = "\n".join(lines[at : at + max(3, min(len(wanted), 12))])
    return f"; from line {at + 1} it has:\n{near}\n"
