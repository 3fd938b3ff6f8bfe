"""Inline completion: one generation at a time, shared by all requests that it can still answer. The newest wins."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import Counter, OrderedDict
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

from postil.core.completion.cache import MOST_ENTRIES, CompletionCache
from postil.core.completion.context import Context
from postil.core.completion.cursor import Cursor, Suggestion, unwanted
from postil.core.completion.cut import Cutter
from postil.core.completion.debounce import Debounce
from postil.core.completion.fit import Insertion, fit
from postil.core.completion.place import Place
from postil.core.completion.prompt import infill_request
from postil.core.completion.window import Window, window
from postil.core.request import InfillRequest, Purpose, Usage
from postil.core.text.uri import path_of
from postil.engine.base import Engine, EngineError, EngineUnavailable, ModelMissing, OutOfMemory
from postil.service.completion import nearby
from postil.service.completion.generation import Generation
from postil.service.config.workspace import CompletionConfig
from postil.service.context import indexes as context_indexes
from postil.service.engines import CompletionContext, EngineHolder
from postil.service.jobs import Jobs, first_of, within
from postil.service.review.fallback import Fallback, swapped
from postil.service.status import StatusReporter

log = logging.getLogger(__name__)

# Seconds before an unused generation is cancelled: a client cancels its request before it sends the next one. Where it
# has sent neither a change nor a request in the time that one batch of messages takes, the engine is free again: the
# user has turned to something else.
LINGER, SETTLED = 0.15, 0.02
# Seconds per answer. Further candidates are generated only while the engine is faster than this.
QUICK = 1.0
# Generations per request: the user may type something other than the first answer, and than the next one.
MOST_STARTS = 3
# Suggestions that may still be accepted: what an editor shows at once. Each keeps up to MOST_HELD characters of its
# document on either side, which is more than the largest window (completion.prefix_chars).
MOST_SHOWN = 8
MOST_HELD = 400_000


@dataclass(frozen=True, slots=True)
class Completed:
    """Suggestions, the best first. Without one, `why` tells the user the reason ("" if there is nothing to add).
    `missing` is set if a model isn't installed and the user hasn't been informed yet."""

    suggestions: tuple[Suggestion, ...] = ()
    why: str = ""
    missing: ModelMissing | None = None


NOTHING = Completed()


class Completer:
    """Answers completion requests. `version` tells that of a document; `most`: how many places the cache holds."""

    def __init__(
        self,
        engines: EngineHolder,
        jobs: Jobs,
        fallback: Fallback,
        reporter: StatusReporter,
        version: Callable[[str], int | None],
        most: int = MOST_ENTRIES,
    ) -> None:
        self._engines = engines
        self._jobs = jobs
        self._fallback = fallback
        self._reporter = reporter
        self._version = version
        self._nearby = nearby.Nearby()
        self._indexes: context_indexes.Indexes | None = None
        self._cache = CompletionCache(most)
        self._debounce = Debounce()
        self._running: Generation | None = None
        self._latest: tuple[CompletionConfig, CompletionContext] | None = None
        self._newer = asyncio.Event()
        # Set when a request comes that no kept answer serves: what is generated in advance gives way to it alone.
        self._needed = asyncio.Event()
        self._ids = itertools.count(1)
        # The latest place for which further candidates were generated.
        self._cycled: tuple[str, str, str] | None = None
        self._shown: OrderedDict[str, tuple[CompletionConfig, Cursor, Insertion]] = OrderedDict()
        # Kept in memory only: never sent and never written to the disk.
        self.counts: Counter[str] = Counter()

    async def complete(
        self, config: CompletionConfig, cursor: Cursor, indexes: context_indexes.Indexes | None = None
    ) -> Completed:
        """The completions at the cursor. A newer call makes this one return NOTHING at once. `indexes`: of the
        workspace, whose other files the model may be shown."""
        self._indexes = indexes
        self._newer.set()
        newer = self._newer = asyncio.Event()
        place = cursor.place
        if unwanted(place, invoked=cursor.invoked):
            return NOTHING
        completed = self._known(config, cursor, place)
        if completed is None:
            completed = await self._generated(config, cursor, place, newer)
        elif 0 < len(completed.suggestions) < cursor.want:
            completed = await self._others(config, cursor, place, newer, completed)
        if not newer.is_set() and completed.why != self._reporter.status.completion:
            self._reporter.change(completion=completed.why)
        return completed

    async def _generated(
        self, config: CompletionConfig, cursor: Cursor, place: Place, newer: asyncio.Event
    ) -> Completed:
        self._needed.set()
        self._needed, loop = asyncio.Event(), asyncio.get_running_loop()
        began = loop.time()
        delay = self._debounce.asked(began)
        if not self._carried(cursor):
            self._cancel()
            if delay and await within(newer, delay):
                return NOTHING
        context: CompletionContext | None = None
        try:
            context = await self._context(config)
            if not self._debounce.measured:
                self._reporter.change(completion=_WAITING.format(context.model))
            late = began + context.settings.completion.timeout
            for _ in range(MOST_STARTS):
                if not self._carried(cursor):
                    await self._start(context, cursor, newer)
                if newer.is_set():
                    return NOTHING
                running = self._running
                if running is None:
                    return Completed(why=_FULL.format(context.load.num_ctx))
                if not await self._followed(running, cursor, newer, late - loop.time()):
                    return NOTHING if newer.is_set() else Completed(why=_LATE.format(context.model))
                if running.error is not None:
                    return self._failed(running.error, running.engine)
                if (completed := self._known(config, cursor, place)) is not None:
                    if cursor.want > 1:
                        completed = await self._more(context, config, cursor, place, newer, loop.time() - began)
                    return completed
            return NOTHING
        except EngineError as error:
            return self._failed(error, context.engine if context is not None else None)

    async def _context(self, config: CompletionConfig) -> CompletionContext:
        """The engine and model to use: as for the previous completion, as long as configuration and engine are the
        same. Raises an EngineError whose message says what the user can do."""
        known, context = self._latest or (None, None)
        # A review may have found that the model doesn't fit into memory.
        fits = context is not None and self._fallback.model(context.model) == context.model
        if context is None or not fits or known != config or not self._engines.holds(context.engine):
            self._latest = None
            context = await self._engines.completion(
                config.settings, config.persona, config.reviewer, self._fallback.model
            )
            self._latest = config, context
            shown = self._reporter.status
            facts = self._engines.facts_of(context.engine)
            engine = shown.engine or (facts.name if facts is not None else self._engines.name)
            self._reporter.change(engine=engine, model=shown.model or context.model, ghost=context.why)
            if context.notice:
                self._reporter.message_once(context.notice, error=False)
        return context

    def _failed(self, error: EngineError, engine: Engine | None) -> Completed:
        # The next request looks for a model again: one may have been installed, or a smaller one chosen.
        self._latest = None
        if isinstance(error, EngineUnavailable) and engine is not None:
            # The next request chooses an engine again.
            self._jobs.spawn(lambda: self._engines.failed(engine))
        elif isinstance(error, OutOfMemory) and error.model and engine is not None:
            facts = self._engines.facts_of(engine)
            smaller = self._fallback.remember(facts, error.model, "complete") if facts is not None else None
            self._reporter.message_once(swapped(error.model, smaller) if smaller else str(error))
        missing = error if isinstance(error, ModelMissing) and error.model and self._reporter.failed(error) else None
        return Completed(why=str(error), missing=missing)

    def _carried(self, cursor: Cursor) -> bool:
        return self._running is not None and not self._running.over and self._running.carries(cursor)

    async def _followed(self, running: Generation, cursor: Cursor, newer: asyncio.Event, limit: float) -> bool:
        """Wait for the generation. True when it has ended or no longer matches the cursor; False after the time limit
        or when a newer request has arrived."""
        running.waiting += 1
        version = self._version(cursor.uri)
        try:
            async with asyncio.timeout(max(limit, 0)):
                while not running.over and running.carries(cursor):
                    if newer.is_set():
                        return False
                    running.changed.clear()
                    await first_of(running.changed, newer)
            return not newer.is_set()
        except TimeoutError:
            # It continues, so that the next request finds its answer in the cache.
            running.kept = True
            return False
        finally:
            running.waiting -= 1
            if not running.waiting and not running.over:
                later = asyncio.get_running_loop().call_later
                later(SETTLED, lambda: self._version(cursor.uri) == version and self._left_alone(running))
                later(LINGER, self._left_alone, running)

    def _left_alone(self, running: Generation) -> None:
        if running is self._running and not running.waiting and not running.kept:
            self._cancel()

    def _cancel(self) -> None:
        if self._running is not None and self._running.task is not None:
            self._running.task.cancel()

    async def _start(self, context: CompletionContext, cursor: Cursor, newer: asyncio.Event) -> None:
        """Stop the running generation and start one for the cursor, unless its prompt doesn't fit into num_ctx, or
        somebody newer has come meanwhile."""
        await self._stop()
        seen = _window(context, cursor)
        request = _request(context, cursor, seen, await self._nearby.of(cursor, seen, context, self._indexes))
        if request is not None and not newer.is_set():
            running = self._running = Generation(cursor, seen, _cutter(context, cursor, seen), context.engine)
            running.task = self._jobs.spawn(lambda: self._generate(running, context, request))
            running.task.add_done_callback(lambda _: running.changed.set())

    async def _stop(self) -> None:
        self._cancel()
        running, self._running = self._running, None
        if running is not None and running.task is not None:
            await asyncio.wait({running.task})

    async def _generate(self, running: Generation, context: CompletionContext, request: InfillRequest) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            answer = await self._read(context, request, running.cutter, running.changed)
        except EngineError as error:
            running.error = error
            log.warning("%s", error)
        else:
            self._cache.put(running.base, running.after, running.seen.whole(answer))
            self._debounce.took(loop.time() - began)

    async def _others(
        self, config: CompletionConfig, cursor: Cursor, place: Place, newer: asyncio.Event, completed: Completed
    ) -> Completed:
        """Further candidates besides those already shown. Only once per place, because editors send a request each time
        the user cycles through the candidates."""
        asked = (cursor.uri, cursor.before, cursor.after)
        if asked == self._cycled or self._debounce.latency > QUICK:
            return completed
        self._cycled = asked
        context: CompletionContext | None = None
        try:
            context = await self._context(config)
            if cursor.base(_window(context, cursor)) == cursor.before:
                # Store the rest of earlier answers here: `find` returns only answers with the same beginning.
                for known in self._cache.find(cursor.before, cursor.after):
                    self._cache.put(cursor.before, cursor.after, known.left or "")
            return await self._more(context, config, cursor, place, newer, 0.0)
        except EngineError as error:
            return replace(
                completed, missing=self._failed(error, context.engine if context is not None else None).missing
            )

    async def _more(
        self,
        context: CompletionContext,
        config: CompletionConfig,
        cursor: Cursor,
        place: Place,
        newer: asyncio.Event,
        took: float,
    ) -> Completed:
        """Further candidates, generated one after the other while the engine is fast."""
        loop = asyncio.get_running_loop()
        seen, beside = _window(context, cursor), self._nearby.held(cursor)
        for number in range(1, cursor.want):
            request = _request(context, cursor, seen, beside, number)
            if took > QUICK or request is None or newer.is_set():
                break
            began = loop.time()
            answer = await self._read(context, request, _cutter(context, cursor, seen))
            self._cache.put(cursor.base(seen), cursor.after, seen.whole(answer))
            took = loop.time() - began
        return self._known(config, cursor, place) or NOTHING

    def _known(self, config: CompletionConfig, cursor: Cursor, place: Place) -> Completed | None:
        """The result from the cache; None if the model must be asked."""
        found = self._cache.find(cursor.before, cursor.after)
        if not found:
            return None
        fitted = [fit(known.left or "", place) for known in found]
        insertions = list(dict.fromkeys(one for one in fitted if one is not None))
        if not insertions and cursor.invoked and any(known.typed.strip() for known in found):
            # The user has typed the whole answer and asks for what comes after it.
            return None
        return Completed(tuple(self._named(config, cursor, one) for one in insertions[: cursor.want]))

    def _named(self, config: CompletionConfig, cursor: Cursor, insertion: Insertion) -> Suggestion:
        name = str(next(self._ids))
        held = replace(cursor, before=cursor.before[-MOST_HELD:], after=cursor.after[:MOST_HELD])
        self._shown[name] = (config, held, insertion)
        while len(self._shown) > MOST_SHOWN:
            self._shown.popitem(last=False)
        return Suggestion(name, insertion)

    async def _read(
        self, context: CompletionContext, request: InfillRequest, cutter: Cutter, changed: asyncio.Event | None = None
    ) -> str:
        """The model's answer. The stream is closed where the cutter ends the answer."""
        self.counts["generations"] += 1
        usage = Usage()
        thought = False
        try:
            async with aclosing(context.engine.infill(request)) as stream:
                async for delta in stream:
                    usage = delta.usage or usage
                    thought = thought or bool(delta.thinking)
                    # What separates thoughts from the answer is no part of it.
                    between = thought and not cutter.text.strip()
                    done = cutter.feed(delta.text.lstrip("\r\n") if between else delta.text)
                    if changed is not None:
                        changed.set()
                    if done or delta.finish is not None:
                        return cutter.finish(ran_on=delta.finish == "length")
            return cutter.finish(ran_on=True)
        finally:
            self._nearby.measured(usage)
            self.counts["promptTokens"] += usage.prompt_tokens
            self.counts["cachedTokens"] += usage.cached_tokens or 0
            self.counts["outputTokens"] += usage.output_tokens

    # -- what becomes of a suggestion

    def shown(self, name: str) -> None:
        self.counts["shown"] += name in self._shown

    def partially_accepted(self, name: str) -> None:
        self.counts["partiallyAccepted"] += name in self._shown

    def accepted(self, name: str) -> None:
        """A suggestion was inserted. Suggest nothing more at its end, and generate the next line in advance."""
        found = self._shown.pop(name, None)
        if found is None:
            return
        self.counts["accepted"] += 1
        config, cursor, insertion = found
        before = cursor.before + insertion.text
        after = cursor.after[insertion.covers :]
        self._cache.put(before, after, "")
        if not after.partition("\n")[0].strip():
            ahead = Cursor(cursor.uri, cursor.language, before + "\n", after)
            self._jobs.spawn(lambda: self._ahead(config, ahead))

    async def _ahead(self, config: CompletionConfig, cursor: Cursor) -> None:
        place, needed = cursor.place, self._needed
        if self._known(config, cursor, place) is None and (self._running is None or self._running.over):
            try:
                await self._start(await self._context(config), cursor, needed)
            except EngineError as error:
                log.info("no completion generated in advance: %s", error)

    def clear(self, most: int) -> None:
        """Forget the answers made with earlier settings, and set the size of the cache."""
        self._latest = None
        self._nearby.forget()
        self._cache.clear()
        self._cache.resize(most)


_FULL = "The text around the cursor doesn't fit into num_ctx ({} tokens): raise it, or lower completion.prefix_chars."
_WAITING = "Waiting for {}, which is loading or reading for the first time."
_LATE = "{} is still loading or reading (completion.timeout); its answer will be there for the next key."


def _window(context: CompletionContext, cursor: Cursor) -> Window:
    limits = context.settings.completion
    return window(cursor.before, cursor.after, limits.prefix_chars, limits.suffix_chars)


def _request(
    context: CompletionContext, cursor: Cursor, seen: Window, beside: Context, number: int = 0
) -> InfillRequest | None:
    """The request for a candidate; None if it doesn't fit into num_ctx."""
    purpose = Purpose("completion", context.persona.name, path_of(cursor.uri), line=cursor.line)
    asked = context.model, context.profile, context.persona, context.load
    return infill_request(*asked, seen, number, context.fim, beside, purpose)


def _cutter(context: CompletionContext, cursor: Cursor, seen: Window) -> Cutter:
    place = cursor.place
    begun = place.head.removesuffix(seen.indent) if seen.indent else ""
    return Cutter(place, context.profile.completion, context.specials, begun)
