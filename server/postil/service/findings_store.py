"""Findings by document, and where their code stands now. Only the event loop's synchronous code writes here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from postil.core.edits import shift_span
from postil.core.finding import Finding, Span
from postil.core.units import Unit


@dataclass(frozen=True, slots=True)
class LineEdit:
    """Lines `first`..`last` (exclusive) of a document became `inserted` lines."""

    first: int
    last: int
    inserted: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding and the document's lines it is about."""

    finding: Finding
    span: Span


@dataclass(slots=True)
class _Place:
    """Where a unit stands; None once its own text was edited."""

    digest: str
    persona: str
    span: Span | None


@dataclass(slots=True)
class _Document:
    generation: int = 0
    edits: list[LineEdit] = field(default_factory=list)
    places: list[_Place] = field(default_factory=list)
    placed: dict[tuple[str, str, int], Placed] = field(default_factory=dict)


class FindingsStore:
    """`accept` is the only way in for what a model said, and refuses what is stale."""

    def __init__(self) -> None:
        self._documents: dict[str, _Document] = {}

    def open(self, uri: str) -> None:
        self._documents.setdefault(uri, _Document())

    def close(self, uri: str) -> None:
        self._documents.pop(uri, None)

    def __contains__(self, uri: str) -> bool:
        return uri in self._documents

    def uris(self) -> list[str]:
        return list(self._documents)

    def watched(self, uri: str) -> bool:
        """Whether an edit of the document could move anything: typing costs nothing where it can't."""
        document = self._documents.get(uri)
        return document is not None and document.generation > 0

    def moved(self, finding: str | None, first: int) -> int:
        """By how many lines a finding stands below line `first` of its fix as the client knows it; 0 when it
        isn't known any more."""
        shifts = [
            placed.span.first - placed.finding.lines.first + placed.finding.fix.span.first - first
            for document in self._documents.values()
            for placed in document.placed.values()
            if placed.finding.id == finding and placed.finding.fix is not None
        ]
        return min(shifts, key=abs, default=0)

    def begin(self, uri: str) -> tuple[int, int]:
        """A new generation of a document's review and the mark of its present text."""
        document = self._documents[uri]
        document.generation += 1
        document.edits.clear()
        return document.generation, 0

    def generation(self, uri: str) -> int:
        document = self._documents.get(uri)
        return document.generation if document else 0

    def edit(self, uri: str, edits: Sequence[LineEdit]) -> bool:
        """The document changed: findings move with their code; one whose own lines changed goes. True when
        what is shown has changed."""
        document = self._documents.get(uri)
        if document is None:
            return False
        changed = False
        for edit in edits:
            document.edits.append(edit)
            for place in document.places:
                if place.span is not None:
                    place.span = shift_span(place.span, edit.first, edit.last, edit.inserted)
            for key, placed in list(document.placed.items()):
                span = shift_span(placed.span, edit.first, edit.last, edit.inserted)
                if span is None:
                    del document.placed[key]
                    changed = True
                elif span != placed.span:
                    document.placed[key] = replace(placed, span=span)
                    changed = True
        return changed

    def replan(
        self,
        uri: str,
        generation: int,
        persona: str,
        units: Iterable[Unit],
        only: Sequence[Span] | None = None,
    ) -> bool:
        """The units of the text that `begin` saw. Findings of units that are gone go; the others are put where
        their unit stands now. `only`: a review of some lines leaves the rest as it is. False when stale."""
        document = self._documents.get(uri)
        if document is None or document.generation != generation:
            return False
        places = []
        for unit in units:
            span: Span | None = Span(unit.first_line, unit.last_line)
            for edit in document.edits:
                span = span and shift_span(span, edit.first, edit.last, edit.inserted)
            places.append(_Place(unit.digest, persona, span))
        here = {place.digest for place in places}
        kept = [
            place
            for place in document.places
            if place.persona != persona or (only is not None and place.digest not in here)
        ]
        document.places = [*kept, *places]
        alive = {place.digest for place in document.places if place.persona == persona}
        for key, placed in list(document.placed.items()):
            if placed.finding.persona == persona and placed.finding.unit not in alive:
                del document.placed[key]
        return True

    def accept(self, uri: str, persona: str, finding: Finding) -> bool:
        """Put a finding at every place where its unit stands; False when none is left (the text was edited,
        the document closed, or a later plan has no such unit)."""
        document = self._documents.get(uri)
        if document is None:
            return False
        accepted = False
        spots = [place for place in document.places if (place.digest, place.persona) == (finding.unit, persona)]
        for number, place in enumerate(spots):
            if place.span is not None:
                key = (persona, finding.id, number)
                known = document.placed.get(key)
                span = finding.lines.shifted(place.span.first)
                document.placed[key] = Placed(finding, known.span if known else span)
                accepted = True
        return accepted

    def clear(self, uri: str, persona: str | None = None) -> None:
        document = self._documents.get(uri)
        if document is not None:
            document.placed = {
                key: placed
                for key, placed in document.placed.items()
                if persona is not None and placed.finding.persona != persona
            }

    def of(self, uri: str) -> list[Placed]:
        """What is to be shown, in the document's order, the surer first on one line."""
        document = self._documents.get(uri)
        if document is None:
            return []
        return sorted(document.placed.values(), key=lambda placed: (placed.span.first, -placed.finding.score))
