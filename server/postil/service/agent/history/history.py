"""The conversations of one workspace: saved turn by turn, loaded, listed, searched, forgotten."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import platformdirs

from postil.core.agent.past.exchanges import Corpus, Exchange, Wanted, exchanges, fit, wanted
from postil.core.agent.past.stems import names, stems
from postil.core.agent.turns import Asked, Turn
from postil.core.text.plain import one_line
from postil.service.agent.history.format import UnknownForm, packed, unpacked
from postil.service.agent.history.store import HistoryStore, HistoryTrouble

# Of one workspace.
MOST_CONVERSATIONS = 200
MOST_EXCHANGES = 20_000
MOST_BYTES = 64_000_000
KEPT_DAYS = 180.0
_DAY = 86_400.0
_TITLE = 80
# Exchanges that BM25 puts first, of which those that fit are chosen.
_LOOKED_AT = 60


@dataclass(frozen=True, slots=True)
class KeptConversation:
    """`title`: how the user began, in one line. Times in seconds since 1970. `exchanges`: how many are kept."""

    id: str
    title: str
    began: float
    changed: float
    exchanges: int


@dataclass(frozen=True, slots=True)
class Hit:
    """`hits`: the stems that it shares with what is looked for. `at`: seconds since 1970. A higher score is better."""

    conversation: str
    exchange: Exchange
    at: float
    hits: frozenset[str]
    score: float


class History:
    """`told`: sentences for the user, of files that were set aside. Methods raise HistoryTrouble, an OSError. `now`:
    seconds since 1970."""

    def __init__(self, workspace: Path, now: Callable[[], float] = time.time) -> None:
        self.told: list[str] = []
        self.folder = folder_of(workspace)
        self._store = HistoryStore(self.folder, self.told)
        self._now = now

    def close(self) -> None:
        self._store.close()

    def save(self, id: str, turns: Sequence[Turn]) -> None:
        """Keep the conversation as it is, and its exchanges for ever, also those that `turns` will lose later."""
        first = next((turn.text for turn in turns if isinstance(turn, Asked)), None)
        if first is None:
            return
        now = self._now()
        try:
            state = packed(turns)
        except ValueError as error:
            raise HistoryTrouble(str(error)) from None
        with self._store.writing() as database:
            database.execute(
                "INSERT INTO conversations VALUES(?,?,?,?,?) ON CONFLICT(id) DO UPDATE SET changed=excluded.changed,"
                " state=excluded.state",
                (_clean(id), _title(first), now, now, state),
            )
            for one in exchanges(turns):
                row = _clean(id), one.key, now, _clean(one.asked), _clean(one.answered)
                cursor = database.execute(
                    "INSERT INTO exchanges(conversation, key, at, asked, answered) VALUES(?,?,?,?,?)"
                    " ON CONFLICT DO NOTHING",
                    row,
                )
                if cursor.rowcount > 0:
                    said = " ".join(stems(f"{row[3]}\n{row[4]}"))
                    database.execute("INSERT INTO words(rowid, word) VALUES(?,?)", (cursor.lastrowid, said))
            _bound(database, now, _clean(id))

    def load(self, id: str) -> tuple[Turn, ...] | None:
        """The turns as they were saved last; None: nothing of this id is kept."""
        found = self._store.rows(tuple[bytes], "SELECT state FROM conversations WHERE id=?", (_clean(id),))
        if not found:
            return None
        try:
            return unpacked(found[0][0])
        except UnknownForm as error:
            raise HistoryTrouble(f"the conversation {id} can't be gone on with: {error}") from error

    def exchanges(self, id: str) -> tuple[Exchange, ...]:
        """All that was said in a conversation, also what was shortened since."""
        query = "SELECT asked, answered FROM exchanges WHERE conversation=? ORDER BY id"
        return tuple(Exchange(*row) for row in self._store.rows(tuple[str, str], query, (_clean(id),)))

    def list(self) -> tuple[KeptConversation, ...]:
        """The newest first."""
        query = (
            "SELECT id, title, began, changed, (SELECT COUNT(*) FROM exchanges WHERE conversation=c.id)"
            " FROM conversations c ORDER BY changed DESC, began DESC, id"
        )
        return tuple(KeptConversation(*row) for row in self._store.rows(tuple[str, str, float, float, int], query))

    def named(self, beginning: str) -> KeptConversation | None:
        """The one whose id begins so; "": the newest. None where there is none, or more than one."""
        found = [one for one in self.list() if one.id.startswith(beginning)]
        exact = [one for one in found if one.id == beginning]
        if exact or not beginning:
            return next(iter(exact or found), None)
        return found[0] if len(found) == 1 else None

    def search(self, query: str, k: int) -> tuple[Hit, ...]:
        """In all conversations, the best first."""
        return self.hits(query, strict=False)[:k]

    def hits(
        self, query: str, *, strict: bool, of: str = "", but: str = "", known: frozenset[bytes] = frozenset()
    ) -> tuple[Hit, ...]:
        """What fits the words of `query`, the best first. `strict`: only what clearly does. `of`, `but`: a conversation
        alone, or without it. `known`: keys of exchanges that aren't wanted."""
        asked = wanted(query)
        if not asked.stems:
            return ()
        corpus = self._corpus(asked)
        found = self._store.rows(
            tuple[str, bytes, float, str, str],
            "SELECT conversation, key, at, asked, answered FROM words JOIN exchanges ON exchanges.id=words.rowid"
            " WHERE words MATCH ? AND (?='' OR conversation=?) AND conversation<>? ORDER BY bm25(words), at DESC"
            " LIMIT ?",
            (
                " OR ".join(f'"{one}"' for one in asked.stems),
                _clean(of),
                _clean(of),
                _clean(but),
                _LOOKED_AT + len(known),
            ),
        )
        hits: list[Hit] = []
        for conversation, key, at, said, answered in found:
            if key in known:
                continue
            text = f"{said}\n{answered}"
            held = frozenset(stems(text))
            if score := fit(asked, held, names(text), corpus, strict=strict):
                shared = held & frozenset(asked.stems)
                hits.append(Hit(conversation, Exchange(said, answered), at, shared, score))
        return tuple(sorted(hits, key=lambda one: (-one.score, -one.at)))

    def corpus(self, query: str) -> Corpus:
        """How rare the words of a query are here."""
        return self._corpus(wanted(query))

    def _corpus(self, asked: Wanted) -> Corpus:
        total = self._store.rows(tuple[int], "SELECT COUNT(*) FROM exchanges")
        marks = ",".join("?" * len(asked.stems))
        query = f"SELECT term, doc FROM vocabulary WHERE term IN ({marks})"
        counts = self._store.rows(tuple[str, int], query, asked.stems)
        return Corpus(total[0][0] if total else 0, dict(counts))

    def forget(self, id: str) -> bool:
        """Nothing of it stays in the files. False: there was none."""
        if not self._store.there:
            return False
        with self._store.writing() as database:
            there = database.execute("SELECT 1 FROM conversations WHERE id=?", (_clean(id),)).fetchone() is not None
            _remove(database, _clean(id))
        self._store.emptied()
        return there

    def forget_all(self) -> None:
        """Of this workspace, files that were set aside included."""
        self.close()
        try:
            if self.folder.is_dir():
                shutil.rmtree(self.folder)
        except OSError as error:
            raise HistoryTrouble(f"{error.filename} can't be removed: {error.strerror or error}") from error


def folder_of(workspace: Path) -> Path:
    """Where the conversations of a workspace are kept."""
    real = os.path.realpath(workspace)
    return _top() / sha256(real.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def sweep(now: float | None = None) -> None:
    """Remove what is kept of workspaces that nobody has talked in for `KEPT_DAYS`. Raises nothing."""
    oldest = (time.time() if now is None else now) - KEPT_DAYS * _DAY
    try:
        folders = list(_top().iterdir())
    except OSError:
        return
    for folder in folders:
        try:
            newest = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
        except OSError:
            continue
        if newest < oldest:
            shutil.rmtree(folder, ignore_errors=True)


def _top() -> Path:
    return platformdirs.user_state_path("postil", appauthor=False) / "agent" / "history"


def _bound(database: sqlite3.Connection, now: float, current: str) -> None:
    """Remove what is too old or too much, the oldest first, never the conversation that is going on."""
    rows = database.execute(
        "SELECT id, changed, length(state) + (SELECT COALESCE(SUM(length(asked) + length(answered)), 0) FROM exchanges"
        " WHERE conversation=c.id), (SELECT COUNT(*) FROM exchanges WHERE conversation=c.id) FROM conversations c"
        " ORDER BY id=? DESC, changed DESC",
        (current,),
    ).fetchall()
    size = count = 0
    for place, (id, changed, bytes_of, number) in enumerate(rows):
        size, count = size + bytes_of, count + number
        old = changed < now - KEPT_DAYS * _DAY
        if place and (place >= MOST_CONVERSATIONS or old or size > MOST_BYTES or count > MOST_EXCHANGES):
            _remove(database, id)
    # One that goes on for ever loses its beginning.
    doomed = database.execute(
        "SELECT id FROM exchanges WHERE conversation=? ORDER BY id DESC LIMIT -1 OFFSET ?", (current, MOST_EXCHANGES)
    ).fetchall()
    database.executemany("DELETE FROM words WHERE rowid=?", doomed)
    database.executemany("DELETE FROM exchanges WHERE id=?", doomed)


def _remove(database: sqlite3.Connection, id: str) -> None:
    database.execute("DELETE FROM words WHERE rowid IN (SELECT id FROM exchanges WHERE conversation=?)", (id,))
    database.execute("DELETE FROM exchanges WHERE conversation=?", (id,))
    database.execute("DELETE FROM conversations WHERE id=?", (id,))


def _title(text: str) -> str:
    line = one_line(_clean(text))
    return line if len(line) <= _TITLE else f"{line[: _TITLE - 1]}…"


def _clean(text: str) -> str:
    """Without lone surrogates, which SQLite can't keep."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
