"""From two texts of a unit to what the change between them does."""

from __future__ import annotations

import re
from collections.abc import Sequence

from postil.core.change.edits import Edit, edits, together
from postil.core.change.kinds import ARGUMENTS, BINARY, CALLS, callee
from postil.core.change.parts import Part, parts
from postil.core.change.said import said
from postil.core.change.statements import moved
from postil.core.change.words import SHOWN, Said
from postil.core.syntax.tree import same_code, standalone
from postil.core.text.changed import differing
from postil.core.text.positions import split_lines

# More places than a sentence can name: the lines are quoted instead.
_MOST = 2
# Words that count lines, of which a unit's own parts say less than the lines in which it differs.
_LINES = frozenset({"rewrite_lines", "replace_by", "replace_lines"})
# Words that don't say where: what they quote must stand there once.
_NAMELESS = frozenset({"use", "call", "compare", "calculate", "combine", "wrap", "on", "negate"})


def describe(
    before: str, after: str, language: str, kind: str, old: Sequence[str], new: Sequence[str]
) -> tuple[Said, ...]:
    """What the change does, in one or two parts. `before` and `after`: a unit's texts (`kind` as in `Unit.kind`); `old`
    and `new`: the lines in which they differ. Without a grammar, and where more than two places differ, only the lines
    are told."""
    one, other = (standalone(text, language, kind) for text in (before, after))
    if same_code(one, other, language):
        return (Said("words"),)
    first, second = parts(one, language), parts(other, language)
    if first is None or second is None:
        return (by_lines(old, new),)
    places = edits(first, second)
    if len(places) > 1 and (call := _one_call(places)) is not None:
        return (call,)
    found = _said(places)
    whole = together(places) if places else None
    plain = all(one.key == "use" for one in found) and whole is not None and whole.old[0].kind in BINARY
    if 0 < len(found) <= _MOST and not (len(found) > 1 and plain):
        several = sum(max(len(place.old), len(place.new)) for place in places)
        hidden = several > len(found) and any(max(len(one.old), len(one.new)) > SHOWN for one in found)
        return tuple(found) if _exact(found, old) and not hidden else (by_lines(old, new),)
    if whole is None or _too_much(whole):
        return (by_lines(old, new),)
    told = said(whole)
    return (told if _exact([told], old) else by_lines(old, new),)


def _exact(found: Sequence[Said], old: Sequence[str]) -> bool:
    """Whether the words tell which place is meant, and the whole change."""
    keys = {one.key for one in found}
    if len(set(found)) < len(found) or keys & _LINES or keys == {"add", "remove"}:
        return False
    text = " ".join("\n".join(old).split())
    return all(one.key not in _NAMELESS or _times(one.old, text) <= 1 for one in found)


def _times(code: str, text: str) -> int:
    """How often code stands in a text as words of its own."""
    word = " ".join(code.split())
    before, after = ("(?<!\\w)" if word[:1].isalnum() else ""), ("(?!\\w)" if word[-1:].isalnum() else "")
    return len(re.findall(before + re.escape(word) + after, text)) if word else 0


def describe_texts(before: str, after: str, language: str) -> tuple[Said, ...]:
    """As `describe`, of two texts of a file."""
    old, new = split_lines(before), split_lines(after)
    head, tail = differing(old, new)
    lines = old[head : len(old) - tail], new[head : len(new) - tail]
    return describe("\n".join(old), "\n".join(new), language, "module", *lines)


def _one_call(places: Sequence[Edit]) -> Said | None:
    """A call of which several parts change: the function, and the arguments or their order."""
    whole = together(places)
    if whole is None or not whole.above:
        return None
    old, new, above = whole.old[0], whole.new[0], whole.above[-1]
    if old.kind in CALLS and new.kind in CALLS and not _same(callee(old), callee(new)):
        return Said("call", old=old.source, new=new.source)
    if callee(above) == old:
        return Said("call", old=old.source, new=new.source)
    if old.kind in ARGUMENTS and sorted(old.words) == sorted(new.words) and above.kind in CALLS:
        return Said("call", old=above.source, new=whole.above_new[-1].source)
    return None


def _same(one: Part | None, other: Part | None) -> bool:
    return one is not None and one.same(other)


def _too_much(whole: Edit) -> bool:
    """Whether the part can't be quoted without hiding one of the places."""
    return any("\n" in part.source or len(part.source) > SHOWN for part in (*whole.old, *whole.new))


def _said(found: list[Edit]) -> list[Said]:
    kept: list[Said] = []
    used: set[int] = set()
    for row, edit in enumerate(found):
        if row in used:
            continue
        for other in range(len(found)):
            if other == row or other in used:
                continue
            told = moved(edit, found[other]) or moved(found[other], edit) or _swapped(edit, found[other])
            if told is not None:
                used.add(other)
                kept.append(told)
                break
        else:
            told = said(edit)
            # Two places of one part that are told by the whole part are told once.
            if told not in kept or row == 0 or found[row - 1].parent is not edit.parent:
                kept.append(told)
        used.add(row)
    return kept


def _swapped(edit: Edit, other: Edit) -> Said | None:
    """Two parts of one whole that took each other's place."""
    if (
        edit.parent is None
        or edit.parent is not other.parent
        or not (edit.old and edit.new and other.old and other.new)
    ):
        return None
    words = [[part.words for part in some] for some in (edit.old, edit.new, other.old, other.new)]
    if words[0] != words[3] or words[1] != words[2]:
        return None
    return Said("swap", old=edit.old[0].source, new=edit.new[0].source)


def by_lines(old: Sequence[str], new: Sequence[str]) -> Said:
    """What is certain of any text."""
    was, now = ([line.strip() for line in lines if line.strip()] for lines in (old, new))
    if not was:
        return (
            Said("add", new=now[0]) if len(now) == 1 else Said("add_lines", new=now[0] if now else "", count=len(now))
        )
    if not now:
        return Said("remove", old=was[0]) if len(was) == 1 else Said("remove_lines", old=was[0], count=len(was))
    if len(was) == 1 and len(now) == 1:
        return Said("replace", old=was[0], new=now[0])
    if len(was) == 1:
        return Said("replace_by", old=was[0], new=now[0], count=len(now))
    if len(now) == 1:
        return Said("replace_lines", old=was[0], new=now[0], count=len(was))
    return Said("rewrite_lines", old=was[0], name=was[-1])
