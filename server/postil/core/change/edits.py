"""The places in which two programs differ: the smallest parts that are replaced, added, removed or moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from postil.core.change.kinds import BLOCKS, COLLECTIONS
from postil.core.change.parts import LISTS, Part

# Two statements with fewer words in common are two statements, not one that was changed.
_AKIN = 0.5


@dataclass(frozen=True, slots=True)
class Edit:
    """`old` became `new` (one of them may be empty). `above` and `above_new`: the parts around it in either program,
    the outermost first."""

    old: tuple[Part, ...]
    new: tuple[Part, ...]
    above: tuple[Part, ...]
    above_new: tuple[Part, ...]

    @property
    def parent(self) -> Part | None:
        return self.above[-1] if self.above else None


def together(some: Sequence[Edit]) -> Edit | None:
    """The smallest part that all these places are in, as one edit; None where that is more than one statement."""
    depth = 0
    shortest = min(len(edit.above) for edit in some)
    while depth < shortest and all(edit.above[depth] is some[0].above[depth] for edit in some):
        depth += 1
    if depth == 0:
        return None
    old, new = some[0].above[depth - 1], some[0].above_new[depth - 1]
    if old.kind in BLOCKS:
        return None
    return Edit((old,), (new,), some[0].above[: depth - 1], some[0].above_new[: depth - 1])


def edits(old: Part, new: Part) -> list[Edit]:
    """The places in the program's order; [] if they are the same."""
    found: list[Edit] = []
    _compare(old, new, (), (), found)
    return found


def _compare(old: Part, new: Part, above: tuple[Part, ...], above_new: tuple[Part, ...], found: list[Edit]) -> None:
    if old.shape == new.shape:
        return
    leaf = old.kind not in LISTS and (not old.children or not new.children)
    if old.kind != new.kind or leaf or _holds(old, new) or _holds(new, old):
        found.append(Edit((old,), (new,), above, above_new))
        return
    before = len(found)
    above, above_new = (*above, old), (*above_new, new)
    left, right = old.children, new.children
    matcher = SequenceMatcher(None, [_key(one) for one in left], [_key(one) for one in right], autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            _align(left[a:b], right[c:d], above, above_new, found)
    if len(found) == before:
        # They differ in signs that are no parts, as `x[1:]` and `x[:1]` do.
        found.append(Edit((old,), (new,), above[:-1], above_new[:-1]))


def _key(part: Part) -> tuple[str, int]:
    return part.name, part.shape


def _holds(part: Part, other: Part) -> bool:
    """Whether `other` is the whole of an operand of `part`: `not x` holds `x`."""
    wraps = part.kind not in LISTS | BLOCKS | COLLECTIONS and len(part.words) > len(other.words)
    return wraps and any(
        other.words == one.words and other.kind == one.kind
        for child in part.children
        for one in (child, *child.children)
    )


def _align(
    left: Sequence[Part], right: Sequence[Part], above: tuple[Part, ...], above_new: tuple[Part, ...], found: list[Edit]
) -> None:
    """Pair what became what; the rest was removed or added."""
    if len(left) == len(right) and all(a.name == b.name for a, b in zip(left, right, strict=True)):
        for a, b in zip(left, right, strict=True):
            if len(left) > 1 and not _akin(a, b):
                found.append(Edit(tuple(left), tuple(right), above, above_new))
                return
        for a, b in zip(left, right, strict=True):
            _compare(a, b, above, above_new, found)
        return
    pairs = _pairs(left, right)
    if not pairs:
        found.append(Edit(tuple(left), tuple(right), above, above_new))
        return
    a = c = 0
    for i, j in [*pairs, (len(left), len(right))]:
        if left[a:i] or right[c:j]:
            found.append(Edit(tuple(left[a:i]), tuple(right[c:j]), above, above_new))
        if i < len(left):
            _compare(left[i], right[j], above, above_new, found)
        a, c = i + 1, j + 1


def _akin(a: Part, b: Part) -> bool:
    if a.kind != b.kind and a.name == b.name and a.name:
        return True
    return a.kind == b.kind and (
        len(a.words) == 1 or SequenceMatcher(None, a.words, b.words, autojunk=False).ratio() >= _AKIN
    )


def _pairs(left: Sequence[Part], right: Sequence[Part]) -> list[tuple[int, int]]:
    """The rows of what was changed in place, in order."""
    pairs: list[tuple[int, int]] = []
    start = 0
    for i, a in enumerate(left):
        rows = [j for j in range(start, len(right)) if a.kind == right[j].kind and _akin(a, right[j])]
        if rows:
            best = max(rows, key=lambda j: SequenceMatcher(None, a.words, right[j].words, autojunk=False).ratio())
            pairs.append((i, best))
            start = best + 1
    return pairs
