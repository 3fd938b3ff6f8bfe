"""A sweep: each line of a suspect is asked for by itself, as if it were the faulty one.

The answer continues a difference that takes the line away, so a model that would copy the whole unit writes one line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from postil.core.context.words import IDENTIFIER
from postil.core.syntax.tree import normal_tokens, same_code, standalone
from postil.core.syntax.units import Unit
from postil.core.text.fence import opened
from postil.core.verify.rewrites.candidate import Candidate, rewritten

# Lines of a sweep. It takes as long as a rewrite of the unit; a longer one would leave other suspects without answers.
MOST_LINES = 24
MOST_OF_FINDING = 3
_WORD = re.compile(r"\w")
_CONSTANTS = frozenset({"None", "True", "False", "nil", "true", "false", "null", "undefined"})
_LANGUAGE = "diff"


def swept_lines(unit: Unit, places: Iterable[int], *, finding: bool = False) -> list[int]:
    """The lines of the unit to ask for, 0-based within it: those that are code. Of more than a sweep has, those next
    to the `places` that the complaint names (lines of the unit's file), else the first ones; of a `finding`, which
    names the line, that one and its neighbours."""
    lines = unit.lines
    code = [row for row, line in enumerate(lines) if _WORD.search(line) and _counts(unit, lines, row)]
    told = [place - unit.first_line for place in places if unit.first_line <= place < unit.last_line]
    if told:
        code.sort(key=lambda row: (min(abs(row - one) for one in told), row))
    if finding:
        return code[:MOST_OF_FINDING]
    return sorted(code[:MOST_LINES])


def begun_line(unit: Unit, row: int) -> str:
    """The beginning of the answer about a line: a difference that takes it away."""
    return f"{opened(_LANGUAGE, '```')}-{unit.lines[row]}\n+"


def read_line(unit: Unit, row: int, answer: str, asked: str) -> Candidate | str:
    """The candidate in an answer that continues `begun_line`; else why it is none, as in `read_candidate`."""
    added = [line[1:] for line in _added(f"+{answer}".replace("\r\n", "\n").split("\n"))]
    fitted = _with_margin(added, unit.lines[row])
    found: Candidate | str = ""
    # As the model wrote them, or with the line's own margin. Models write a blank behind the + for people.
    for new in (fitted, added) if added[0].startswith(" ") and not added[0].startswith("  ") else (added, fitted):
        text = "\n".join([*unit.lines[:row], *new, *unit.lines[row + 1 :]])
        found = rewritten(unit, text, asked)
        if isinstance(found, Candidate):
            break
    unused = _left_unused(unit, found.text) if isinstance(found, Candidate) else ""
    return f"left `{unused}` without a use" if unused else found


def _counts(unit: Unit, lines: Sequence[str], row: int) -> bool:
    """Whether the line is more than a comment."""
    without = "\n".join([*lines[:row], *lines[row + 1 :]])
    before, after = (standalone(text, unit.language, unit.kind) for text in (unit.text, without))
    return not same_code(before, after, unit.language)


def _left_unused(unit: Unit, new: str) -> str:
    """A name that the change leaves standing at one place only, where it is bound: such a line computes something else
    that happens to pass the tests, as `result = items[0]` in a loop over `index`. "" where another name comes into use
    for it, as when the wrong one of two was returned."""
    before, after = (_names(text, unit) for text in (unit.text, new))
    if any(count == 1 < after[name] for name, count in before.items()):
        return ""
    return next((name for name, count in before.items() if after[name] == 1 < count), "")


def _names(text: str, unit: Unit) -> Counter[str]:
    """How often each name stands in the code, without attributes and constants."""
    tokens = normal_tokens(standalone(text, unit.language, unit.kind), unit.language)
    pairs = zip(["", *tokens], tokens, strict=False)
    return Counter(one for last, one in pairs if last != "." and one not in _CONSTANTS and IDENTIFIER.fullmatch(one))


def _added(lines: Sequence[str]) -> Iterable[str]:
    for line in lines:
        if not line.startswith("+"):
            return
        yield line


def _with_margin(new: Sequence[str], old: str) -> list[str]:
    margin = old[: len(old) - len(old.lstrip())]
    least = min((len(line) - len(line.lstrip()) for line in new if line.strip()), default=0)
    return [margin + line[least:] if line.strip() else "" for line in new]
