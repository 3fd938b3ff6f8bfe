"""Keeps a conversation within num_ctx: measures each request before it is sent, and shortens what is old."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Iterable

from postil.core.agent.budget import COMPACT_AT, MUST_SAVE, Meter
from postil.core.agent.compaction import as_text, pruned, split
from postil.core.agent.events import Compacted
from postil.core.agent.past.record import record
from postil.core.agent.prompt import messages
from postil.core.agent.tool import ToolSpec
from postil.core.agent.turns import Summary, Turn
from postil.core.agent.words import filled, words
from postil.core.request import Message
from postil.service.agent.steps.model import AgentModel, chars_of

log = logging.getLogger(__name__)

# Tokens of a record.
_RECORD = 300
# Characters of what is taken from the turns themselves.
_KEPT_CHARS = 700
# Records that save too little, or fail: after so many the turn ends.
_FAILURES = 2


class Overflow(Exception):
    """The conversation doesn't fit. The message includes the next step."""


class Fitting:
    """Of one conversation."""

    def __init__(self, model: AgentModel, meter: Meter) -> None:
        self._model = model
        self._meter = meter
        self._failures = 0

    def tokens(self, system: str, turns: Iterable[Turn], tools: tuple[ToolSpec, ...]) -> int:
        """Estimated, of a request."""
        request = self._model.request(
            messages(system, turns, self._model.form, harness=self._model.harness), self._meter, tools
        )
        text = "".join(message.content for message in request.messages)
        return self._meter.tokens(text) + self._meter.tokens("x" * max(0, chars_of(request) - len(text)))

    async def fitted(self, system: str, turns: list[Turn], tools: tuple[ToolSpec, ...]) -> AsyncGenerator[Compacted]:
        """Shorten the turns, in place, until a request with them fits. Raises Overflow, EngineError."""
        before = self.tokens(system, turns, tools)
        if before <= min(int(self._meter.num_ctx * COMPACT_AT), self._meter.most):
            return
        # What is shortened is read anew from there on: it must be worth that.
        pays = before * (1 - MUST_SAVE)
        shorter = pruned(turns)
        now = self.tokens(system, shorter, tools)
        if now > pays:
            shorter = pruned(turns, 1)
            now = self.tokens(system, shorter, tools)
        old, kept = split(shorter)
        if now > pays and old and self._failures < _FAILURES:
            found = await self._record(old)
            after = self.tokens(system, (Summary(found), *kept), tools)
            if found and after <= pays:
                self._failures = 0
                shorter, now = (Summary(found), *kept), after
            else:
                self._failures += 1
                log.info("a record that saves too little: %d tokens of %d", after, before)
        if now > pays and before <= self._meter.most:
            # Nothing pays, and it still fits.
            return
        if now > self._meter.most and old:
            # Without a record: what was said is found again by its words.
            shorter = kept
            now = self.tokens(system, shorter, tools)
        if now > self._meter.most:
            raise Overflow(
                f"the conversation has {now:,} tokens, and the model reads {self._meter.num_ctx:,}: begin a new one,"
                " ask for less, or raise num_ctx"
            )
        turns[:] = shorter
        yield Compacted(before, now)

    async def shortened(self, system: str, turns: list[Turn], tools: tuple[ToolSpec, ...]) -> Compacted | None:
        """Shorten the turns, in place, because the user asks for it; None where that saves nothing. Raises
        EngineError."""
        before = self.tokens(system, turns, tools)
        shorter = pruned(turns)
        old, kept = split(shorter)
        if old and not all(isinstance(turn, Summary) for turn in old):
            found = await self._record(old)
            replaced = (Summary(found), *kept)
            if found and self.tokens(system, replaced, tools) < self.tokens(system, shorter, tools):
                shorter = replaced
        after = self.tokens(system, shorter, tools)
        if after >= before:
            return None
        turns[:] = shorter
        return Compacted(before, after)

    async def _record(self, old: tuple[Turn, ...]) -> str:
        room = int((self._meter.most - _RECORD - 200) * min(self._meter.ratio, 2.6) * 0.9)
        asked = f"{as_text(old, room)}\n\n{filled(words().summary_task)}"
        request = self._model.request((Message("user", asked),), self._meter, most=_RECORD)
        said = (await self._model.text(request)).strip()
        # What was decided, touched and failed is taken from the turns, not from the model's memory of them.
        return f"{record(old).text(_KEPT_CHARS)}\n{said}".strip() if said else ""
