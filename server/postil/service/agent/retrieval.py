"""What the index knows, for a conversation: it is made or brought up to date when something is first asked of it."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from postil.service.context.index.place import index_place, why_not
from postil.service.context.index.store import IndexTrouble, Store, open_store
from postil.service.context.query.question import find
from postil.service.context.query.search import FoundChunk
from postil.service.context.query.symbols import FoundSymbol, symbols_named
from postil.service.context.scanning.scan import limits_of, scan
from postil.service.workspace.files import Listing
from postil.service.workspace.source import Unreadable, read_source
from postil.settings import Settings

T = TypeVar("T")
P = TypeVar("P", FoundChunk, FoundSymbol)

log = logging.getLogger(__name__)

# Seconds for which what was compared with the files counts; a conversation's own writes are told by `stale`.
_FRESH = 30.0
# Pieces of a search at most (its characters decide), and definitions of a name.
_PIECES, _SYMBOLS = 24, 6


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines of a file; `path` relative to the workspace, rows 0-based, `last` exclusive."""

    path: str
    first: int
    last: int
    text: str

    @property
    def shown(self) -> str:
        """With the number of each line, 1-based: people ask where something is."""
        lines = "\n".join(f"{number}: {line}" for number, line in enumerate(self.text.split("\n"), self.first + 1))
        return f"{self.path}:\n{lines}"


class Retrieval:
    """Of one workspace. A folder that has no index (the home folder, `/`) finds nothing."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._folder = folder
        self._settings = settings
        self._compared = 0.0
        self._lock = asyncio.Lock()

    def stale(self) -> None:
        """A file was written."""
        self._compared = 0.0

    async def pieces(self, question: str, chars: int) -> tuple[Piece, ...]:
        """The pieces of code that fit a question best, of so many characters together."""
        found = await self._ask(lambda store: self._readable(find(store, question, None, _PIECES * 2)))
        pieces: list[Piece] = []
        room = chars
        for one in found or []:
            piece = Piece(one.path, one.first, one.last, one.text)
            if len(piece.shown) + 2 > room:
                lines = one.text[: max(0, room - 80)].split("\n")[:-1]
                if len(lines) < 4:
                    continue
                piece = Piece(one.path, one.first, one.first + len(lines), "\n".join(lines))
            pieces.append(piece)
            room -= len(piece.shown) + 2
            if len(pieces) == _PIECES:
                break
        return tuple(pieces)

    async def symbol(self, name: str) -> tuple[Piece, ...]:
        """The definitions of a name, with their code (of long ones the beginning)."""
        found = await self._ask(lambda store: self._readable(symbols_named(store, name, _SYMBOLS)))
        return await asyncio.to_thread(
            lambda: tuple(self._piece(one.path, one.symbol.first, one.symbol.last) for one in found or [])
        )

    def _piece(self, path: str, first: int, last: int) -> Piece:
        source = read_source(self._folder / path)
        lines = [] if isinstance(source, Unreadable) else source.text.split("\n")
        end = min(last, first + 40)
        more = [f"… ({last - end} more lines)"] if end < last else []
        return Piece(path, first, last, "\n".join([*lines[first:end], *more]))

    def _readable(self, found: list[P]) -> list[P]:
        """Those of files that may be read: the index may be older than an ignore file."""
        listing = Listing(self._folder, tuple(self._settings.review.exclude))
        return [one for one in found if listing.reason(self._folder / one.path) is None]

    async def _ask(self, question: Callable[[Store], list[T]]) -> list[T] | None:
        if (why := why_not(self._folder)) is not None:
            log.info("no index: %s", why)
            return None
        place = index_place(self._folder)
        async with self._lock:
            try:
                if time.monotonic() - self._compared > _FRESH:
                    await self._compare()
                store = await asyncio.to_thread(open_store, place)
                if store is None:
                    return None
                with store:
                    return await asyncio.to_thread(question, store)
            except IndexTrouble as error:
                log.warning("%s", error)
                return None

    async def _compare(self) -> None:
        stop = threading.Event()

        def compare() -> None:
            with closing(scan(index_place(self._folder), limits_of(self._settings))) as steps:
                for _ in steps:
                    if stop.is_set():
                        return

        task = asyncio.ensure_future(asyncio.to_thread(compare))
        try:
            await asyncio.shield(task)
            self._compared = time.monotonic()
        except asyncio.CancelledError:
            stop.set()
            await asyncio.wait({task})
            raise
