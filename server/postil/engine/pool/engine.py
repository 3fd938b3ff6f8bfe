"""Several hosts as one engine: a request goes to a host with room, and to another when that fails before a token."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, replace

from postil.core.embedding import batches
from postil.core.exchanges.kept import Exchange, newest
from postil.core.models.observed import Observed
from postil.core.request import ChatRequest, Delta, Embeddings, EmbedRequest, InfillRequest
from postil.engine.base import (
    BadVectors,
    Engine,
    EngineError,
    EngineFacts,
    EngineUnavailable,
    ModelInfo,
    ModelMissing,
    OutOfMemory,
    StreamBroken,
)
from postil.engine.pool.host import PoolHost
from postil.engine.stream.priority import PriorityEngine
from postil.engine.stream.vectors import joined_answers

Request = ChatRequest | InfillRequest | EmbedRequest
# The requests about one unit have this many characters in common, which the host that served one has cached.
PREFIX_CHARS = 200
# Units whose host is remembered; more than any review has open at once.
REMEMBERED = 256


@dataclass(slots=True)
class _Trial:
    """A request at a host since `began`; `started`: its answer has begun."""

    host: PoolHost
    began: float
    started: bool = False

    def answers(self) -> None:
        if not self.started:
            self.started = True
            self.host.answered(asyncio.get_running_loop().time() - self.began)


class PoolEngine:
    """Each host gets `slots` background requests at once; the others wait here, so that a host that is twice as fast
    serves twice as many. Interactive requests don't queue: they go to the host that answered the last one, whose
    background requests pause meanwhile while those of the other hosts go on.

    A host that fails gets no requests for a while, longer each time, until it has answered with its models. A request
    goes to another host until its first token has come; a later failure is raised, as with one host.
    """

    def __init__(self, hosts: Sequence[Engine], slots: int = 1) -> None:
        self._hosts = [PoolHost(f"host {number}", PriorityEngine(one), slots) for number, one in enumerate(hosts, 1)]
        self._home: PoolHost | None = None
        self._seen: OrderedDict[tuple[str, str], PoolHost] = OrderedDict()
        self._changed = asyncio.Event()
        self._checks: set[asyncio.Task[None]] = set()
        self._closed = False

    def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        return self._anywhere(request, lambda host: host.engine.chat(request))

    def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        return self._anywhere(request, lambda host: host.engine.infill(request))

    async def _anywhere(
        self, request: Request, send: Callable[[PoolHost], AsyncGenerator[Delta]]
    ) -> AsyncGenerator[Delta]:
        refused: dict[PoolHost, EngineError] = {}
        while True:
            host = await self._place(request, refused)
            with self._trying(host, request, refused) as trial:
                async with aclosing(send(host)) as stream:
                    async for delta in stream:
                        if delta.text or delta.finish is not None:
                            trial.answers()
                        yield delta
                return

    async def embed(self, request: EmbedRequest) -> Embeddings:
        """The batches go to all hosts that have room, and what one doesn't answer to another."""
        tasks = [asyncio.create_task(self._batch(batch)) for batch in batches(request)]
        try:
            return joined_answers(await asyncio.gather(*tasks), request.model, "The pool")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _batch(self, batch: EmbedRequest) -> Embeddings:
        refused: dict[PoolHost, EngineError] = {}
        while True:
            host = await self._place(batch, refused)
            with self._trying(host, batch, refused):
                found = await host.engine.embed(batch)
                host.recovered()
                return found

    @contextmanager
    def _trying(self, host: PoolHost, request: Request, refused: dict[PoolHost, EngineError]) -> Generator[_Trial]:
        """A request at a host. What another host may answer is noted in `refused`, unless an answer has begun."""
        trial = _Trial(host, asyncio.get_running_loop().time())
        try:
            yield trial
        except (EngineUnavailable, StreamBroken, ModelMissing, OutOfMemory) as error:
            if isinstance(error, ModelMissing):
                host.lacking.add(error.model)
            elif not isinstance(error, OutOfMemory | BadVectors):
                host.failed(error)
            if trial.started or self._closed:
                raise
            refused[host] = error
        finally:
            host.leave(request.lane)
            self._wake()

    async def _place(self, request: Request, refused: Mapping[PoolHost, EngineError]) -> PoolHost:
        """The host for a request, once there is room; it counts the request. Raises when no host can serve it."""
        prompt = _prompt_key(request)
        while True:
            if self._closed:
                raise EngineUnavailable("The engine was closed while this request waited. Save again to try again.")
            able = [host for host in self._hosts if host not in refused and host.holds(request.model)]
            if not able:
                raise self._nowhere(request.model, refused)
            pause = self._check_failed_hosts()
            # When all have failed, another try says more than what we remember.
            there = [host for host in able if host.available] or able
            if request.lane == "interactive":
                host = min(there, key=lambda host: (host is not self._home, host.interactive, host.background))
                self._home = host
            else:
                there = [host for host in there if host.free]
                host = min(there, key=lambda host: self._rank(host, prompt), default=None)
            if host is not None:
                if prompt is not None:
                    self._remember(prompt, host)
                host.enter(request.lane)
                return host
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), pause)

    def _rank(self, host: PoolHost, prompt: tuple[str, str] | None) -> tuple[object, ...]:
        """The smallest is the best host for a background request."""
        return (
            host.interactive > 0,
            prompt is None or self._seen.get(prompt) is not host,
            host is self._home,
            host.background / host.slots,
            host.first_token_seconds,
        )

    def _remember(self, prompt: tuple[str, str], host: PoolHost) -> None:
        self._seen[prompt] = host
        self._seen.move_to_end(prompt)
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _nowhere(self, model: str, refused: Mapping[PoolHost, EngineError]) -> EngineError:
        reasons = list(refused.values())
        full = next((error for error in reasons if isinstance(error, OutOfMemory)), None)
        if full is not None:
            return full
        away = [error for error in reasons if not isinstance(error, ModelMissing)]
        if away:
            said = " ".join(dict.fromkeys(str(error) for error in away))
            return EngineUnavailable(f"None of the {len(self._hosts)} hosts can take this. {said}")
        names = ", ".join(host.name for host in self._hosts)
        return ModelMissing(
            f"None of the hosts holds {model} ({names}). Get it on one of them: ollama pull {model}", model
        )

    def _check_failed_hosts(self) -> float | None:
        """Start checking the failed hosts whose pause is over; seconds until the next is due, None when none is."""
        now, pauses = asyncio.get_running_loop().time(), list[float]()
        for host in self._hosts:
            if host.retry_at is None or host.checking:
                continue
            if host.retry_at > now:
                pauses.append(host.retry_at - now)
            else:
                host.checking = True
                task = asyncio.create_task(self._check(host))
                self._checks.add(task)
                task.add_done_callback(self._checks.discard)
        return min(pauses, default=None)

    async def _check(self, host: PoolHost) -> None:
        try:
            host.listed(await host.engine.facts())
        except EngineError as error:
            host.failed(error)
        finally:
            host.checking = False
            self._wake()

    async def facts(self) -> EngineFacts:
        """The models of all hosts that answer. EngineUnavailable when none does."""
        answers = await asyncio.gather(*(host.engine.facts() for host in self._hosts), return_exceptions=True)
        found: list[EngineFacts] = []
        failures: list[EngineError] = []
        for host, answer in zip(self._hosts, answers, strict=True):
            if isinstance(answer, EngineFacts):
                host.listed(answer)
                found.append(answer)
            elif isinstance(answer, EngineError):
                host.failed(answer)
                failures.append(answer)
            else:
                raise answer
        if not found:
            said = " ".join(dict.fromkeys(str(error) for error in failures))
            raise EngineUnavailable(f"None of the {len(self._hosts)} hosts answers. {said}")
        models: dict[str, ModelInfo] = {}
        for one in found:
            for model in one.models:
                models.setdefault(model.name, model)
        return replace(
            found[0],
            address=", ".join(one.address for one in found),
            models=tuple(models.values()),
            prioritizes=True,
            parallel=sum(host.slots for host in self._hosts if host.available),
        )

    async def describe(self, model: ModelInfo) -> ModelInfo:
        """As a host that holds the model describes it."""
        able = [host for host in self._hosts if host.holds(model.name)]
        host = min(able, key=lambda host: (not host.available, not host.lists(model.name)), default=None)
        found = await host.engine.describe(model) if host is not None else model
        for other in self._hosts:
            other.engine.learn(found)
        return found

    def exchanges(self) -> tuple[Exchange, ...]:
        return newest(one for host in self._hosts for one in host.engine.exchanges())

    def observed(self, model: str) -> Observed:
        seen = Observed()
        for host in self._hosts:
            seen = seen.also(host.engine.observed(model))
        return seen

    async def aclose(self) -> None:
        self._closed = True
        for task in self._checks:
            task.cancel()
        await asyncio.gather(*self._checks, return_exceptions=True)
        self._wake()
        await asyncio.gather(*(host.engine.aclose() for host in self._hosts))


def _prompt_key(request: Request) -> tuple[str, str] | None:
    """Equal for requests that share the beginning of their prompt; None where nothing of it is cached."""
    if isinstance(request, InfillRequest):
        begins = "".join(text for _, text in request.others) or request.prefix
        return request.model, begins[:PREFIX_CHARS]
    if isinstance(request, EmbedRequest):
        return None
    said = next((message.content for message in request.messages if message.role == "user"), "")
    return request.model, said[:PREFIX_CHARS]
