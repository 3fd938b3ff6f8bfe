"""The checks of a difference: why it is no fix at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from postil.core.review.profile import ReviewProfile
from postil.core.review.rewrite import Hunk, applied
from postil.core.syntax.tree import new_errors, same_code, standalone
from postil.core.syntax.units import Unit
from postil.core.text.positions import NO_CHARACTER

RejectReason = Literal["runaway", "broken characters", "left out", "same code", "syntax error"]


def invalid_reason(unit: Unit, hunk: Hunk, profile: ReviewProfile) -> RejectReason | None:
    """Why a hunk can't be a fix at all: too long, no change of meaning, or not valid code. None when it can."""
    return next(_invalid(unit, hunk, profile), None)


def all_reasons(unit: Unit, hunk: Hunk, profile: ReviewProfile) -> tuple[RejectReason, ...]:
    """Every check that the hunk doesn't pass, for what is measured about them (bench/ablation)."""
    return tuple(_invalid(unit, hunk, profile))


def _invalid(unit: Unit, hunk: Hunk, profile: ReviewProfile) -> Iterator[RejectReason]:
    solid_old = [line for line in hunk.old if line.strip()]
    solid_new = [line for line in hunk.new if line.strip()]
    if max(len(solid_old), len(solid_new)) > profile.max_hunk_lines:
        yield "runaway"
    if NO_CHARACTER in "".join(hunk.new) and NO_CHARACTER not in unit.text:
        yield "broken characters"
    rewritten = applied(unit, hunk)
    head = unit.head_lines if hunk.span.first >= unit.head_lines else 0
    if not any(line.strip() for line in rewritten.split("\n")[head:]):
        # A whole body is never proposed for deletion.
        yield "left out"
    before, after = (standalone(text, unit.language, unit.kind) for text in (unit.text, rewritten))
    if same_code(before, after, unit.language):
        yield "same code"
    if new_errors(before, after, unit.language):
        yield "syntax error"
