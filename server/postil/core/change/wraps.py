"""What is done to a part that stays as it is: it is negated, awaited, passed through a call, or joined with another."""

from __future__ import annotations

from collections.abc import Sequence

from postil.core.change.kinds import (
    ATTRIBUTES,
    AWAIT,
    BINARY,
    CALLS,
    CONDITIONAL,
    LOGICAL,
    NOT,
    arguments,
    callee,
    target,
)
from postil.core.change.parts import Part
from postil.core.change.words import Said

_ANY = frozenset({"or", "||"})
_ALL = frozenset({"and", "&&"})


def wrapped(inner: Part, outer: Part, above: Sequence[Part]) -> Said | None:
    """What `outer` does to `inner`, which was there alone before."""
    old = inner.source
    if outer.kind in NOT and len(outer.children) == 2 and outer.children[0].words in (("not",), ("!",)):
        return Said("negate", old=old) if inner.same(outer.children[1]) else None
    if outer.kind in AWAIT:
        return Said("await", old=old) if any(inner.same(child) for child in outer.children) else None
    if outer.kind == "try_expression":
        return Said("hand_on", old=old) if inner.same(outer.children[0]) else None
    if outer.kind in CALLS:
        return _called(inner, outer)
    if above and decides(inner, above[-1]) and outer.kind in BINARY and (operand := _joined(inner, outer)) is not None:
        key = "require" if _operator(outer) in _ALL else "accept"
        return Said(key, old=old, new=operand.source)
    return None


def unwrapped(outer: Part, inner: Part, above: Sequence[Part]) -> Said | None:
    """What isn't done to `inner` any more."""
    found = wrapped(inner, outer, above)
    if found is None:
        return None
    new = inner.source
    match found.key:
        case "negate":
            return Said("affirm", new=new)
        case "await":
            return Said("no_await", new=new)
        case "wrap":
            return Said("unwrap", new=new, name=found.name)
        case "on":
            return Said("not_on", new=new, name=found.name)
        case "require":
            return Said("no_require", old=found.new)
        case "accept":
            return Said("no_accept", old=found.new)
        case _:
            return None


def _called(inner: Part, outer: Part) -> Said | None:
    function = callee(outer)
    if function is None:
        return None
    given = arguments(outer)
    if len(given) == 1 and inner.same(given[0]):
        new = "new " if outer.kind == "new_expression" else ""
        return Said("wrap", old=inner.source, name=f"{new}{function.source}(…)")
    if function.kind in ATTRIBUTES and inner.same(target(function)) and outer.source.startswith(inner.source):
        return Said("on", old=inner.source, name=outer.source[len(inner.source) :].strip())
    return None


def _operator(part: Part) -> str:
    return next((" ".join(child.words) for child in part.children if " ".join(child.words) in LOGICAL), "")


def _joined(inner: Part, outer: Part) -> Part | None:
    """The other operand of a logical operator."""
    if _operator(outer) not in _ALL | _ANY or len(outer.children) != 3:
        return None
    left, _, right = outer.children
    return right if inner.same(left) else left if inner.same(right) else None


def decides(part: Part, parent: Part) -> bool:
    """Whether the part is the whole of a branch's or a loop's condition."""
    return parent.kind in CONDITIONAL and part.name == "condition"
