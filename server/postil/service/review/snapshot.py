"""A document at the start of a review."""

from __future__ import annotations

from dataclasses import dataclass

from postil.core.review.finding import Span


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The text that is reviewed, unaffected by later edits. `lines`: the lines to review; None for all."""

    uri: str
    path: str
    language: str
    text: str
    generation: int
    lines: tuple[Span, ...] | None = None
