"""Which of the latest requests are shown for a place in the code, and where their pieces are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from postil.core.exchanges.infill import parts_of
from postil.core.exchanges.kept import Exchange
from postil.core.exchanges.page import TITLE, Place, Shown, page
from postil.core.request import InfillRequest, Snippet
from postil.core.syntax.split import split_units
from postil.service.documents import Document
from postil.service.review.findings import Placed
from postil.service.workspace.source import Source, read_source

NOTHING_ASKED = (
    f"# {TITLE}\n\nNo model has been asked yet since this server started. The latest requests are kept in its memory"
    " only: review a file, or wait for ghost text, and look again.\n"
)
_OTHERS = "No request that is still kept is about this place: these are the latest ones."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a page is asked about: the file at `path`, a line of it (0-based), units by their digests, and the persona
    of a note. All empty: whatever was asked last."""

    path: str = ""
    line: int | None = None
    units: frozenset[str] = frozenset()
    persona: str = ""

    def rank(self, exchange: Exchange) -> int | None:
        """The lowest is what is asked about; None for what is about something else."""
        purpose = exchange.request.purpose
        if not self.path:
            return 0
        if purpose is None or purpose.path != self.path:
            # A unit is read once, however many files hold it.
            return 1 if purpose is not None and purpose.digest and purpose.digest in self.units else None
        if purpose.digest and purpose.digest in self.units and self.persona in ("", purpose.persona):
            return 0 if purpose.what == "review" or not self.persona else 1
        return 1 if purpose.what == "completion" and purpose.line == self.line else 2


async def about_line(document: Document, line: int, notes: Sequence[Placed]) -> Wanted:
    """A line of a document: the unit around it, and those of the notes on it, whose text may have changed since. Where
    there is a note, its review is what is asked about."""
    units = await asyncio.to_thread(split_units, document.text, document.language)
    here = {unit.digest for unit in units if unit.first_line <= line < unit.last_line}
    noted = [one.finding for one in notes if one.span.first <= line < one.span.last]
    here |= {finding.unit for finding in noted}
    return Wanted(document.path, line, frozenset(here), noted[0].persona if noted else "")


async def prompt_page(exchanges: Sequence[Exchange], wanted: Wanted, workspace_of: Callable[[str], Path | None]) -> str:
    """The page with what is asked about first; the latest requests where none is about it."""
    if not exchanges:
        return NOTHING_ASKED
    ranked = [(rank, one) for one in exchanges if (rank := wanted.rank(one)) is not None]
    # Sorting is stable: of one rank the newest stay first.
    found = [one for _, one in sorted(ranked, key=lambda each: each[0])]
    said = "" if found else _OTHERS
    shown = await asyncio.to_thread(lambda: [_shown(one, workspace_of) for one in found or exchanges])
    return page(shown, said)


def _shown(exchange: Exchange, workspace_of: Callable[[str], Path | None]) -> Shown:
    request, purpose = exchange.request, exchange.request.purpose
    when = datetime.fromtimestamp(exchange.at).strftime("%H:%M:%S")
    if purpose is None or not purpose.path:
        return Shown(exchange, when, Place(purpose.name if purpose is not None else ""))
    folder = workspace_of(purpose.path)
    file = Path(purpose.path)
    if folder is not None and not file.is_absolute() and (folder / file).is_file():
        # The repair of a check names a file as the check's folder does.
        file = folder / file
    pieces = parts_of(request).pieces if isinstance(request, InfillRequest) else ()
    return Shown(
        exchange,
        when,
        _place(file, folder, purpose.line + 1),
        tuple(_found(piece, folder) for piece in pieces),
    )


def _place(file: Path, folder: Path | None, line: int | None) -> Place:
    inside = folder is not None and file.is_relative_to(folder)
    name = file.relative_to(folder).as_posix() if folder is not None and inside else file.name
    label = f"{name}:{line}" if line is not None else name
    if not file.is_absolute():
        return Place(label)
    return Place(label, file.as_uri() + (f"#L{line}" if line is not None else ""))


def _found(piece: Snippet, folder: Path | None) -> Place:
    """Where a piece of another file is now: its file has been indexed, and may have changed since."""
    if folder is None:
        return Place(piece.path)
    file = folder / piece.path
    if not file.resolve().is_relative_to(folder.resolve()):
        return Place(piece.path)
    source = read_source(file)
    text = source.text if isinstance(source, Source) else ""
    at = text.find(piece.text.strip("\n"))
    return _place(file, folder, text.count("\n", 0, at) + 1 if at >= 0 else None)
