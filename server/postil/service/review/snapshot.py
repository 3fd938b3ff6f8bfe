"""A document as it was when a review of it began."""

from __future__ import annotations

from dataclasses import dataclass

from postil.core.review.finding import Span


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a review reads in place of the live document. `lines`: the spans of lines to review, None for all."""

    uri: str
    path: str
    language: str
    text: str
    generation: int
    lines: tuple[Span, ...] | None = None
