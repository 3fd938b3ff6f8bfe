"""A document as it was when work on it began."""

from __future__ import annotations

from dataclasses import dataclass

from postil.core.review.finding import Span


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Frozen: what runs reads this and never the live document. `mark` counts the edits the document had seen
    (see FindingsStore), so that what is found can be moved to where its code stands by then."""

    uri: str
    path: str
    language: str
    text: str
    version: int | None
    generation: int
    mark: int
    lines: tuple[Span, ...] | None = None
