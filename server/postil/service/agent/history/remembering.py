"""The memory of one conversation: what was said earlier in it and in others of its workspace, by the words of now."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime

from postil.core.agent.past.exchanges import Corpus, exchanges, line
from postil.core.agent.turns import Turn
from postil.core.agent.words import words
from postil.service.agent.history.history import History, Hit
from postil.service.agent.history.store import HistoryTrouble

log = logging.getLogger(__name__)

# Exchanges of this conversation and of others that are put beside a question.
_MOST, _MOST_PAST = 5, 2
# Less room than this holds no sentence.
_LEAST_CHARS = 60
_RECALLED_CHARS = 2_400


class Remembering:
    """A Memory, and what keeps the conversation. `told`: sentences for the user. What can't be kept or read ends
    nothing: it is said once."""

    def __init__(self, history: History, id: str) -> None:
        self.history = history
        self.id = id
        self._failed = ""

    @property
    def told(self) -> list[str]:
        return self.history.told

    def keep(self, turns: Sequence[Turn]) -> None:
        """Called whenever a turn of the user's has ended."""
        try:
            self.history.save(self.id, turns)
        except HistoryTrouble as error:
            self._say(error)

    async def remembered(self, text: str, turns: tuple[Turn, ...], chars: int) -> str:
        known = frozenset(one.key for one in exchanges(turns))
        return await asyncio.to_thread(self._found, text, known, chars, deep=False)

    async def recall(self, query: str) -> str:
        return await asyncio.to_thread(self._found, query, frozenset[bytes](), _RECALLED_CHARS, deep=True)

    def _found(self, text: str, known: frozenset[bytes], chars: int, *, deep: bool) -> str:
        """`deep`: somebody asks for it, so that less sure hits are worth showing."""
        try:
            corpus = self.history.corpus(text)
            own = self.history.hits(text, strict=False, of=self.id, known=known)[:_MOST]
            past = self.history.hits(text, strict=not deep, but=self.id, known=known)[: _MOST if deep else _MOST_PAST]
        except HistoryTrouble as error:
            self._say(error)
            return ""
        parts = [_section(words().recalled, own, corpus, chars, dated=False)] if own else []
        left = chars - sum(map(len, parts)) - 1
        if past and left > _LEAST_CHARS:
            parts.append(_section(words().recalled_past, past, corpus, left, dated=True))
        return "\n".join(part for part in parts if part)

    def _say(self, error: HistoryTrouble) -> None:
        log.warning("%s", error)
        if str(error) != self._failed:
            self._failed = str(error)
            self.told.append(str(error))


def _section(head: str, hits: tuple[Hit, ...], corpus: Corpus, chars: int, *, dated: bool) -> str:
    """The best hits that there is room for, in the order in which they were said: the latest word counts."""
    room = chars - len(head)
    taken: list[tuple[Hit, str]] = []
    for place, hit in enumerate(hits):
        # The first may take half of what is there, the others what is left by then.
        share = room if place == len(hits) - 1 else max(_LEAST_CHARS, room // 2)
        if min(share, room) < _LEAST_CHARS:
            break
        said = line(hit.exchange, hit.hits, corpus, min(share, room) - 1, _day(hit.at) if dated else "")
        taken.append((hit, said))
        room -= len(said) + 1
    taken.sort(key=lambda one: one[0].at)
    return "\n".join([head, *(said for _, said in taken)]) if taken else ""


def _day(at: float) -> str:
    try:
        return datetime.fromtimestamp(at).astimezone().date().isoformat()
    except (OverflowError, ValueError, OSError):
        return ""
