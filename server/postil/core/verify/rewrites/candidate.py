"""A candidate: a whole rewrite of a suspected unit, read from a model's answer, in normal form only once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from postil.core.anew import resembles
from postil.core.syntax.split import split_units
from postil.core.syntax.tree import dedent, new_errors, same_code, standalone
from postil.core.syntax.units import Unit
from postil.core.text.positions import NO_CHARACTER

_FENCED = re.compile(r"^[ \t]*(`{3,})[^\n`]*\n(.*?)(?:^[ \t]*\1[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_CLOSING = re.compile(r"^[ \t]*`{3,}[ \t]*$", re.MULTILINE)
# A repair changes a few lines. One that is so much longer is another program, or has the rest of the file in it.
_LONGER, _MORE_LINES = 2, 20
# Why an answer that is the unit as it was isn't a candidate.
UNCHANGED = "changed nothing"


@dataclass(frozen=True, slots=True)
class Candidate:
    """`text` takes the unit's place. `asked`: how the model was asked for it. `size`: changed lines, then changed
    characters, for the smallest change first. `number`: of the answer, from 1, of those that count."""

    text: str
    size: tuple[int, int]
    asked: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class NoCandidate:
    """An answer that isn't checked. `why`: as the end of a sentence about the model. `text`: what it wrote."""

    why: str
    text: str
    asked: str
    number: int


def read_candidate(
    unit: Unit, begun: str, answer: str, *, anew: bool, asked: str, cut: bool = False
) -> Candidate | str:
    """The candidate in an answer that continues `begun` (or begins `anew`); else why it is none, as the end of a
    sentence about the model. `cut`: the limit of tokens ended it, perhaps behind the unit."""
    text, whole = _code(unit, begun, answer, anew=anew)
    return "was cut off before the end of the code" if cut and whole else rewritten(unit, text, asked)


def rewritten(unit: Unit, text: str, asked: str) -> Candidate | str:
    """The candidate that is this text in the unit's place; else why it is none."""
    if not text.strip() or text.strip() == unit.head.strip():
        return "gave no code"
    if NO_CHARACTER in text and NO_CHARACTER not in unit.text:
        return "wrote broken characters"
    if len(text.split("\n")) > _LONGER * len(unit.lines) + _MORE_LINES:
        return "wrote another program"
    before, after = (standalone(one, unit.language, unit.kind) for one in (unit.text, text))
    if new_errors(before, after, unit.language):
        return "wrote code that doesn't parse"
    if same_code(before, after, unit.language):
        return UNCHANGED
    return Candidate(text, change_size(unit.text, text), asked)


def is_known(candidate: Candidate, known: Iterable[Candidate], unit: Unit) -> bool:
    """Whether one of the known candidates is the same program."""
    text = standalone(candidate.text, unit.language, unit.kind)
    return any(same_code(text, standalone(one.text, unit.language, unit.kind), unit.language) for one in known)


def change_size(old: str, new: str) -> tuple[int, int]:
    """Changed lines, then changed characters."""
    before, after = old.split("\n"), new.split("\n")
    lines = characters = 0
    for what, first, last, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what != "equal":
            lines += max(last - first, end - start)
            gone, come = "\n".join(before[first:last]), "\n".join(after[start:end])
            matcher = SequenceMatcher(None, gone, come, autojunk=False)
            same = sum(block.size for block in matcher.get_matching_blocks())
            characters += len(gone) + len(come) - 2 * same
    return lines, characters


def _code(unit: Unit, begun: str, answer: str, *, anew: bool) -> tuple[str, bool]:
    """The unit's new text: without fences, and without what a model writes around the unit. And whether nothing came
    behind it."""
    if anew:
        fenced = _FENCED.search(answer)
        text = fenced[2] if fenced else answer
    else:
        closing = _CLOSING.search(answer)
        text = begun + (answer[: closing.start()] if closing else answer)
    text = text.replace("\r\n", "\n").strip("\n").rstrip()
    own = _own_part(text, unit)
    return _indented(own, unit), text.endswith(own)


def _own_part(text: str, unit: Unit) -> str:
    """The part of a text that is the unit, when the text has more definitions than it."""
    if unit.kind not in ("function", "method"):
        return text
    name, lines = own_name(unit), text.split("\n")
    # A method of a language that has none outside of a class is found in one; that is a row more above it.
    for whole, above in ((dedent(text), 0), (standalone(text, unit.language, unit.kind), 1)):
        same = [one for one in split_units(whole, unit.language) if own_name(one) == name]
        if len(same) == 1 and 0 <= same[0].first_line - above < same[0].last_line - above <= len(lines):
            first = same[0].first_line - above
            # The splitter leaves comments above a definition to it, and not a blank line.
            if first > 0 and resembles(lines[0], unit.lines[0]):
                first = 0
            return "\n".join(lines[first : same[0].last_line - above])
    return text


def own_name(unit: Unit) -> str:
    """The name of a definition without those around it, and without the mark of a private one of JavaScript's."""
    return unit.name.partition(" (")[0].rpartition(".")[2].removeprefix("#")


def _indented(text: str, unit: Unit) -> str:
    """The text with the margin of the unit: models write a method without that of its class."""
    has, wanted = _margin(text), _margin(unit.text)
    if has == wanted:
        return text
    bare = dedent(text)
    return "\n".join(wanted + line if line.strip() else line for line in bare.split("\n"))


def _margin(text: str) -> str:
    first = next((line for line in text.split("\n") if line.strip()), "")
    return first[: len(first) - len(first.lstrip(" \t"))]
