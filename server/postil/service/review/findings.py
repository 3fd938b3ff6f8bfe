"""The findings of each document and their current places. Only synchronous code on the event loop may change them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from postil.core.review.finding import Finding, Span
from postil.core.syntax.units import Unit
from postil.core.text.edits import LineEdit, shift_span


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding, its lines in the document, and the name of the unit that contains them. `touched`: whether one of its
    lines differed from the last commit when it was reviewed."""

    finding: Finding
    span: Span
    unit: str = ""
    touched: bool = True


@dataclass(slots=True)
class _Place:
    """The lines of a unit; `span` is None once the unit's own text was edited. `changed`: those of its own lines that
    differ from the last commit; None where nobody knows."""

    digest: str
    persona: str
    span: Span | None
    name: str
    changed: frozenset[int] | None = None

    def touches(self, lines: Span) -> bool:
        return self.changed is None or any(row in self.changed for row in range(lines.first, lines.last))


@dataclass(slots=True)
class _Document:
    generation: int = 0
    edits: list[LineEdit] = field(default_factory=list)
    places: list[_Place] = field(default_factory=list)
    placed: dict[tuple[str, str, int], Placed] = field(default_factory=dict)
    readers: dict[str, str] = field(default_factory=dict)


class FindingsStore:
    """Holds findings by document. Findings are added only through `accept`, which rejects stale ones."""

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
        """Whether the document was ever reviewed. If it wasn't, edits need no tracking."""
        document = self._documents.get(uri)
        return document is not None and document.generation > 0

    def readers(self, uri: str) -> frozenset[str]:
        """Names of the personas that have reviewed a document, with or without findings."""
        document = self._documents.get(uri)
        return frozenset(document.readers) if document is not None else frozenset()

    def read_by(self, uri: str, persona: str, digest: str) -> bool:
        """Record that this version of a persona reviews the document. True if an earlier one did; its findings stay
        until `forget`."""
        document = self._documents.get(uri)
        if document is None:
            return False
        before, document.readers[persona] = document.readers.get(persona, digest), digest
        return before != digest

    def moved(self, finding: str | None, first: int) -> int | None:
        """By how many lines a finding's fix has moved down from line `first`, its place as the client knows it. None if
        the finding no longer exists."""
        shifts = [
            placed.span.first - placed.finding.lines.first + placed.finding.fix.span.first - first
            for document in self._documents.values()
            for placed in document.placed.values()
            if placed.finding.id == finding and placed.finding.fix is not None
        ]
        return min(shifts, key=abs, default=None)

    def begin(self, uri: str) -> int:
        """Start a new generation for a review of the current text, and record edits from now on."""
        document = self._documents.setdefault(uri, _Document())
        document.generation += 1
        document.edits.clear()
        return document.generation

    def generation(self, uri: str) -> int:
        document = self._documents.get(uri)
        return document.generation if document else 0

    def edit(self, uri: str, edits: Sequence[LineEdit]) -> bool:
        """Apply edits: findings move with their lines, and a finding whose own lines were edited is dropped. True if
        the shown findings have changed."""
        document = self._documents.get(uri)
        if document is None:
            return False
        changed = False
        for edit in edits:
            if edit.first == edit.last and not edit.inserted:
                continue
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
        changed: frozenset[int] | None = None,
    ) -> bool:
        """Set the units of the text at the time of `begin`. Findings of units that no longer exist are dropped, the
        others are moved to their unit. `only`: the reviewed lines; units elsewhere stay. `changed`: the text's lines
        that differ from the last commit (None: nobody knows). False if stale."""
        document = self._documents.get(uri)
        if document is None or document.generation != generation:
            return False
        places: list[_Place] = []
        for unit in units:
            span: Span | None = Span(unit.first_line, unit.last_line)
            for edit in document.edits:
                span = span and shift_span(span, edit.first, edit.last, edit.inserted)
            rows = None if changed is None else frozenset(row - unit.first_line for row in changed)
            places.append(_Place(unit.digest, persona, span, unit.name, rows))
        spans = [place.span for place in places if place.span is not None]
        kept = [
            place
            for place in document.places
            if place.persona != persona or (only is not None and place.span not in spans)
        ]
        document.places = [*kept, *places]
        self._replace(document, persona, {place.digest for place in places}, spans)
        return True

    def _replace(self, document: _Document, persona: str, here: set[str], spans: Sequence[Span]) -> None:
        """Places the findings of the units `here` at all places of their unit. Drops findings of units that no longer
        exist, and those whose lines now belong to another unit (`spans`)."""
        alive = {place.digest for place in document.places if place.persona == persona}
        again: dict[str, Finding] = {}
        for key, placed in list(document.placed.items()):
            if placed.finding.persona != persona:
                continue
            unit = placed.finding.unit
            taken = any(span.first <= placed.span.first < span.last for span in spans)
            if unit in here:
                again[placed.finding.id] = placed.finding
            if unit in here or unit not in alive or taken:
                del document.placed[key]
        for finding in again.values():
            self._put(document, persona, finding)

    def _put(self, document: _Document, persona: str, finding: Finding) -> bool:
        put = False
        spots = [place for place in document.places if (place.digest, place.persona) == (finding.unit, persona)]
        for number, place in enumerate(spots):
            key = (persona, finding.id, number)
            known = document.placed.get(key)
            if known is not None:
                # An update of the message: the finding's lines may be unchanged although its unit was edited.
                document.placed[key] = replace(known, finding=finding)
                put = True
            elif place.span is not None:
                span = finding.lines.shifted(place.span.first)
                document.placed[key] = Placed(finding, span, place.name, place.touches(finding.lines))
                put = True
        return put

    def accept(self, uri: str, persona: str, finding: Finding) -> bool:
        """Add a finding at every place of its unit. False if there is none: the text was edited, the document closed,
        or a later plan has no such unit."""
        document = self._documents.get(uri)
        if document is None:
            return False
        return self._put(document, persona, finding)

    def clear(self, uri: str, persona: str | None = None) -> None:
        document = self._documents.get(uri)
        if document is not None:
            document.placed = {
                key: placed
                for key, placed in document.placed.items()
                if persona is not None and placed.finding.persona != persona
            }

    def forget(self, uri: str, persona: str) -> None:
        """Remove all traces of a persona's review of the document."""
        self.clear(uri, persona)
        document = self._documents.get(uri)
        if document is not None:
            document.places = [place for place in document.places if place.persona != persona]
            document.readers.pop(persona, None)

    def named(self, uri: str, finding: str | None) -> Placed | None:
        """The finding with this id, at its first place."""
        return next((one for one in self.of(uri) if one.finding.id == finding), None)

    def touching(self, uri: str, persona: str, span: Span) -> list[Placed]:
        """A persona's findings in the units that overlap these lines of the document."""
        document = self._documents.get(uri)
        if document is None:
            return []
        units = {
            place.digest
            for place in document.places
            if place.persona == persona
            and place.span is not None
            and place.span.first < span.last
            and span.first < place.span.last
        }
        return [one for one in self.of(uri) if one.finding.persona == persona and one.finding.unit in units]

    def of(self, uri: str) -> list[Placed]:
        """The findings to show, sorted by line and, on the same line, by descending score."""
        document = self._documents.get(uri)
        if document is None:
            return []
        return sorted(document.placed.values(), key=lambda placed: (placed.span.first, -placed.finding.score))
