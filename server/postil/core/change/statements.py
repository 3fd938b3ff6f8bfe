"""What a change does to whole statements and to the branches of one."""

from __future__ import annotations

from collections.abc import Sequence

from postil.core.change.edits import Edit
from postil.core.change.kinds import BLOCKS, BRANCHES, CLAUSES, CLOSED, LOOPS_AND_BRANCHES, callee
from postil.core.change.parts import Part
from postil.core.change.words import Said


def statements(edit: Edit) -> Said | None:
    """None where the place isn't one of statements."""
    parent = edit.parent
    if parent is None or not (parent.kind in BLOCKS or _branches(edit, parent)):
        return None
    managed = _managed(edit)
    if managed is not None:
        return managed
    old, new = _shown(edit.old), _shown(edit.new)
    if not edit.old:
        if len(edit.new) == 1 and edit.new[0].kind == "defer_statement":
            return Said("defer", new=new)
        lines = _lines(edit.new)
        return Said("add", new=new) if lines == 1 else Said("add_lines", new=new, count=lines)
    if not edit.new:
        lines = _lines(edit.old)
        return Said("remove", old=old) if lines == 1 else Said("remove_lines", old=old, count=lines)
    lines = max(_lines(edit.old), _lines(edit.new))
    return Said("replace", old=old, new=new) if lines == 1 else Said("rewrite_lines", old=old)


def moved(edit: Edit, other: Edit) -> Said | None:
    """What was removed by one edit and added by another."""
    if edit.new or other.old or [part.words for part in edit.old] != [part.words for part in other.new]:
        return None
    if edit.parent is None or edit.parent.kind not in BLOCKS:
        return None
    shown = _shown(edit.old)
    was, now = (_owners(one) for one in (edit.above, other.above_new))
    left = [owner for owner in was if owner not in now]
    entered = [owner for owner in now if owner not in was]
    if left and not entered:
        return Said("move_out", old=shown, name=left[0])
    if entered and not left:
        return Said("move_into", old=shown, name=entered[-1])
    behind = _before(other)
    return Said("move_behind", old=shown, name=behind) if behind and not left else Said("move", old=shown)


def _branches(edit: Edit, parent: Part) -> bool:
    return parent.kind in BRANCHES and all(part.kind in CLAUSES for part in (*edit.old, *edit.new))


def _shown(some: Sequence[Part]) -> str:
    return some[0].source.strip().split("\n")[0].rstrip(" ;\r") if some else ""


def _lines(some: Sequence[Part]) -> int:
    return sum(part.source.strip().count("\n") + 1 for part in some)


def _owners(above: Sequence[Part]) -> list[str]:
    """The first lines of the loops and branches around a place, the outermost first."""
    return [part.source.split("\n")[0].strip() for part in above if part.kind in LOOPS_AND_BRANCHES]


def _before(edit: Edit) -> str:
    """The first line of the statement before what was added."""
    siblings = edit.above_new[-1].children
    row = next((row for row, part in enumerate(siblings) if part is edit.new[0]), 0)
    return _shown(siblings[row - 1 : row]) if row else ""


def _managed(edit: Edit) -> Said | None:
    """Statements that a `with` takes in, and nothing else that changes."""
    if not edit.old or len(edit.new) != 1 or edit.new[0].kind != "with_statement":
        return None
    manager = edit.new[0]
    body = [word for word in manager.children[-1].words if word]
    calls = [one for part in manager.children[1:-1] for one in part.inside() if callee(one) is not None]
    rest = [word for part in edit.old for word in part.words]
    for call in calls:
        left = _without(rest, call.words)
        # What remains of the old statements are the name and `=`, and the body.
        if left is not None and left[-len(body) :] == body and len(left) - len(body) <= 2:
            function = callee(call)
            name = function.source if function is not None else ""
            if name in CLOSED:
                return Said("with_closed", new=call.source)
            return Said("with", new=_shown([manager]).rstrip(":"))
    return None


def _without(rest: Sequence[str], words: Sequence[str]) -> list[str] | None:
    """`rest` without the first place at which it has `words`; None where it has them nowhere."""
    for row in range(len(rest) - len(words) + 1):
        if tuple(rest[row : row + len(words)]) == tuple(words):
            return [*rest[:row], *rest[row + len(words) :]]
    return None
