"""What one place of a change does: by the kinds of the parts that differ, and of those around them."""

from __future__ import annotations

from postil.core.change.edits import Edit
from postil.core.change.kinds import (
    ARGUMENTS,
    ARITHMETIC,
    ASSIGNMENTS,
    ATTRIBUTES,
    BINARY,
    CALLS,
    COLLECTIONS,
    COMPARISONS,
    DEFAULTS,
    LAMBDAS,
    LOGICAL,
    LOOPS,
    PAIRS,
    PARAMETERS,
    RAISES,
    RETURNS,
    SLICES,
    SUBSCRIPTS,
    callee,
)
from postil.core.change.parts import Part
from postil.core.change.statements import statements
from postil.core.change.words import SHOWN, Said
from postil.core.change.wraps import decides, unwrapped, wrapped

_OPERATORS = ((COMPARISONS, "compare"), (ARITHMETIC, "calculate"), (LOGICAL, "combine"))


def said(edit: Edit) -> Said:
    """The most exact words for one place. Never wrong: what isn't recognised is quoted."""
    if len(edit.old) == 1 and len(edit.new) == 1:
        return _replaced(edit, edit.old[0], edit.new[0])
    parent = edit.parent
    if parent is not None and not edit.old and edit.new:
        found = _added(edit, parent)
    elif parent is not None and edit.old and not edit.new:
        found = _removed(edit, parent)
    else:
        found = None
    return found or statements(edit) or _around(edit)


def _replaced(edit: Edit, old: Part, new: Part) -> Said:
    found = wrapped(old, new, edit.above) or unwrapped(old, new, edit.above)
    if found is not None:
        return found
    parent = edit.parent
    if parent is None:
        return Said("replace", old=old.source, new=new.source)
    operator = _operator(parent, old, new)
    if operator is not None:
        return operator
    if old.kind != new.kind and (found := statements(edit)) is not None:
        return found
    return _in_place(edit, parent, old, new)


def _operator(parent: Part, old: Part, new: Part) -> Said | None:
    if parent.kind not in BINARY:
        return None
    a, b = " ".join(old.words), " ".join(new.words)
    for operators, key in _OPERATORS:
        if a in operators and b in operators:
            return Said(key, old=a, new=b)
    return None


def _in_place(edit: Edit, parent: Part, old: Part, new: Part) -> Said:
    """By what the part is to its parent."""
    a, b = old.source, new.source
    climbed = _climbed(edit)
    if climbed is not None:
        return climbed
    if parent.kind in ARGUMENTS:
        return _passed(edit, a, b)
    if parent.kind in PAIRS and len(edit.above) > 1 and edit.above[-2].kind in ARGUMENTS:
        outer = Edit((edit.above[-1],), (edit.above_new[-1],), edit.above[:-1], edit.above_new[:-1])
        return _passed(outer, edit.above[-1].source, edit.above_new[-1].source)
    if parent.kind in CALLS and callee(parent) == old:
        deferred = edit.above[-2:-1]
        if deferred and deferred[0].kind == "defer_statement":
            # What is deferred may be the whole of what was called before.
            return Said("replace", old=deferred[0].source, new=edit.above_new[-2:-1][0].source)
        return Said("call", old=a, new=b)
    if parent.kind in RETURNS or (parent.kind == "expression_list" and _above(edit, 2) in RETURNS):
        whole = parent.kind == "expression_list" and len(parent.children) > 1
        return Said("return", old=parent.source if whole else a, new=edit.above_new[-1].source if whole else b)
    if parent.kind in RAISES:
        return Said("raise", old=a, new=b)
    if parent.kind == "except_clause" and old.kind != "block":
        return Said("catch", old=a, new=b)
    if parent.kind in LOOPS and old.name in ("right", "value"):
        return Said("iterate", old=a, new=b)
    if (
        parent.kind in DEFAULTS
        and old.name in ("value", "right")
        and parent.children[0].same(edit.above_new[-1].children[0])
    ):
        return Said("default", old=a, new=b, name=parent.children[0].source)
    if parent.kind in ASSIGNMENTS | PAIRS:
        return _assigned(edit, parent, old, new)
    if decides(old, parent):
        return Said("condition", old=a, new=b)
    return Said("use", old=a, new=b)


def _above(edit: Edit, steps: int) -> str:
    return edit.above[-steps].kind if len(edit.above) >= steps else ""


def _climbed(edit: Edit) -> Said | None:
    """A name within `a.b.c`, or an index within `a[i]`: the whole is shown, because the word alone says little."""
    depth = len(edit.above)
    part: Part | None = edit.old[0]
    while depth and edit.above[depth - 1].kind in ATTRIBUTES | SUBSCRIPTS | SLICES:
        depth -= 1
        part = edit.above[depth]
    if depth == len(edit.above) or depth >= len(edit.above_new):
        return None
    old, new = edit.above[depth], edit.above_new[depth]
    outer = edit.above[depth - 1] if depth else None
    if outer is not None and callee(outer) == part:
        return Said("call", old=old.source, new=new.source)
    return Said("use", old=old.source, new=new.source)


def _called(edit: Edit) -> Part | None:
    """The function of the call whose arguments the place is directly in."""
    return callee(edit.above[-2]) if len(edit.above) > 1 else None


def _passed(edit: Edit, old: str, new: str) -> Said:
    function = _called(edit)
    if function is None:
        return Said("use", old=old, new=new)
    return Said("pass", old=old, new=new, name=function.source)


def _assigned(edit: Edit, parent: Part, old: Part, new: Part) -> Said:
    names = (parent.get(name) for name in ("left", "name", "pattern", "key"))
    target = next((one for one in names if one is not None), parent.children[0])
    if old is target:
        return Said("assign" if parent.kind in ASSIGNMENTS else "use", old=old.source, new=new.source)
    if parent.children[-1] is old and _has(edit.above_new[-1], target) and "=" in parent.source:
        simple = not parent.kind.startswith(("augmented", "compound"))
        if simple and parent.kind in ASSIGNMENTS:
            return Said("set", old=old.source, new=new.source, name=target.source)
    return Said("use", old=old.source, new=new.source)


def _has(parent: Part, target: Part) -> bool:
    return any(target.same(child) for child in parent.children)


def _added(edit: Edit, parent: Part) -> Said | None:
    new = ", ".join(part.source for part in edit.new)
    if parent.kind in ARGUMENTS:
        function = _called(edit)
        key = "pass_too" if parent.children else "pass_first"
        return Said(key, new=new, name=function.source) if function is not None else None
    if parent.kind in PARAMETERS and _above(edit, 2) not in LAMBDAS:
        return Said("parameter", new=new)
    if parent.kind in RETURNS and len(parent.children) == 1:
        return Said("return_value", new=new)
    if parent.kind in COLLECTIONS and len(parent.source) > SHOWN:
        return Said("add", new=new)
    return None


def _removed(edit: Edit, parent: Part) -> Said | None:
    old = ", ".join(part.source for part in edit.old)
    if parent.kind in ARGUMENTS:
        function = _called(edit)
        return Said("pass_no_more", old=old, name=function.source) if function is not None else None
    if parent.kind in PARAMETERS and _above(edit, 2) not in LAMBDAS:
        return Said("no_parameter", old=old)
    if parent.kind in RETURNS and len(edit.above_new[-1].children) == 1:
        return Said("return_nothing", old=old)
    if parent.kind in COLLECTIONS and len(parent.source) > SHOWN:
        return Said("remove", old=old)
    return None


def _around(edit: Edit) -> Said:
    """The whole that the place is in, where nothing more exact is known."""
    old, new = edit.above[-1], edit.above_new[-1]
    whole = Edit((old,), (new,), edit.above[:-1], edit.above_new[:-1])
    return (
        _in_place(whole, whole.above[-1], old, new) if whole.above else Said("replace", old=old.source, new=new.source)
    )
