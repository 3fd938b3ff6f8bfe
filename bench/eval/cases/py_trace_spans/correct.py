"""Measures how long the steps of a request take, and which step belongs to which."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count


@dataclass
class Span:
    """A step of a request; its times are seconds on the clock of the tracer."""

    id: int
    name: str
    parent_id: int | None
    started_at: float
    ended_at: float | None = None
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def seconds(self) -> float | None:
        """How long the step took, or None while it lasts."""
        return None if self.ended_at is None else self.ended_at - self.started_at


class Tracer:
    """Collects the spans of one request, which is worked on by a single thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.finished: list[Span] = []
        self._clock = clock
        self._ids = count(1)
        self._current: Span | None = None

    @contextmanager
    def span(self, name: str, **tags: str) -> Iterator[Span]:
        """Make the with block a step, within the step that is current at its start.

        However the block is left, its span is finished and the step around it is current again.
        """
        parent = self._current
        span = Span(next(self._ids), name, parent.id if parent else None, self._clock(), tags=tags)
        self._current = span
        try:
            yield span
        finally:
            self._current = parent
            span.ended_at = self._clock()
            self.finished.append(span)

    def tag(self, key: str, value: str) -> None:
        """Add a tag to the current step; outside of any step it is ignored."""
        if self._current is not None:
            self._current.tags[key] = value

    def children_of(self, span: Span) -> list[Span]:
        """Return the finished steps directly within a step, in the order of their start."""
        children = [other for other in self.finished if other.parent_id == span.id]
        return sorted(children, key=lambda child: child.id)

    def own_seconds(self, span: Span) -> float:
        """Return the time that a finished step spent outside of the steps within it."""
        if span.seconds is None:
            raise ValueError(f"{span.name} has not ended")
        return span.seconds - sum(child.seconds or 0.0 for child in self.children_of(span))


def render(tracer: Tracer) -> list[str]:
    """Return a line per finished step, indented below the step around it, with its milliseconds."""
    lines: list[str] = []

    def add(span: Span, depth: int) -> None:
        lines.append(f"{'  ' * depth}{span.name} {1000 * (span.seconds or 0.0):.0f} ms")
        for child in tracer.children_of(span):
            add(child, depth + 1)

    for root in sorted((span for span in tracer.finished if span.parent_id is None), key=lambda span: span.id):
        add(root, 0)
    return lines
