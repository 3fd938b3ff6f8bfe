"""Several hosts as one engine: work goes where there is room, and elsewhere when a host fails before it speaks."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace

from postil.core.request import ChatRequest, Delta, InfillRequest
from postil.engine.base import (
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

Request = ChatRequest | InfillRequest
# The questions about one unit begin alike for this many characters and share what its host has cached of the prompt.
ALIKE = 200
# Units that were asked about lately; more than any review has open at once.
REMEMBERED = 256


class PoolEngine:
    """Each host gets `slots` requests in the background at once; the others wait here, so that a host that is twice as
    fast takes twice as many. What somebody waits for (the interactive lane) doesn't queue: it goes to the host that
    answered the last such request, whose reviews stand back meanwhile while the other hosts' go on.

    A host that fails is left alone, longer each time, and is asked for its models before it gets work again. A request
    goes to another host until its first token has come; after that a failure is the reader's, as with one host.
    """

    def __init__(self, hosts: Sequence[Engine], slots: int = 1) -> None:
        self._hosts = [PoolHost(f"host {number}", PriorityEngine(one), slots) for number, one in enumerate(hosts, 1)]
        self._home: PoolHost | None = None
        self._seen: OrderedDict[tuple[str, str], PoolHost] = OrderedDict()
        self._changed = asyncio.Event()
        self._asking: set[asyncio.Task[None]] = set()
        self._closed = False

    def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        return self._anywhere(request, lambda host: host.engine.chat(request))

    def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        return self._anywhere(request, lambda host: host.engine.infill(request))

    async def _anywhere(
        self, request: Request, ask: Callable[[PoolHost], AsyncGenerator[Delta]]
    ) -> AsyncGenerator[Delta]:
        refused: dict[PoolHost, EngineError] = {}
        while True:
            host = await self._place(request, refused)
            try:
                async with aclosing(self._from(host, ask, refused)) as stream:
                    async for delta in stream:
                        yield delta
            finally:
                host.leave(request)
                self._wake()
            if host not in refused:
                return

    async def _from(
        self,
        host: PoolHost,
        ask: Callable[[PoolHost], AsyncGenerator[Delta]],
        refused: dict[PoolHost, EngineError],
    ) -> AsyncGenerator[Delta]:
        """The host's stream. One that ends before its first token with an error that another host may not have ends
        here without one: the host is in `refused` then."""
        loop, started = asyncio.get_running_loop(), False
        began = loop.time()
        try:
            async with aclosing(ask(host)) as stream:
                async for delta in stream:
                    if not started and (delta.text or delta.finish is not None):
                        started = True
                        host.answered(loop.time() - began)
                    yield delta
        except (EngineUnavailable, StreamBroken, ModelMissing, OutOfMemory) as error:
            if isinstance(error, ModelMissing):
                host.lacking.add(error.model)
            elif not isinstance(error, OutOfMemory):
                host.failed(error)
            if started or self._closed:
                raise
            refused[host] = error

    async def _place(self, request: Request, refused: Mapping[PoolHost, EngineError]) -> PoolHost:
        """The host for a request, once there is room; the request is counted there. Raises what keeps it from all."""
        alike = _alike(request)
        while True:
            if self._closed:
                raise EngineUnavailable("The engine has gone while this waited. Save again to try again.")
            able = [host for host in self._hosts if host not in refused and host.holds(request.model)]
            if not able:
                raise self._nowhere(request.model, refused)
            pause = self._ask_again()
            # Where all have failed, a try tells the user how things stand better than our memory of it.
            there = [host for host in able if host.well] or able
            if request.lane == "interactive":
                host = min(there, key=lambda host: (host is not self._home, host.interactive, host.background))
                self._home = host
            else:
                there = [host for host in there if host.free]
                host = min(there, key=lambda host: self._rank(host, alike), default=None)
            if host is not None:
                self._remember(alike, host)
                host.enter(request)
                return host
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), pause)

    def _rank(self, host: PoolHost, alike: tuple[str, str]) -> tuple[object, ...]:
        """The smallest is the best place for a request in the background."""
        wanted = host.interactive > 0
        return wanted, self._seen.get(alike) is not host, host is self._home, host.background / host.slots, host.pace

    def _remember(self, alike: tuple[str, str], host: PoolHost) -> None:
        self._seen[alike] = host
        self._seen.move_to_end(alike)
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

    def _ask_again(self) -> float | None:
        """Ask the hosts whose time has come how they are; seconds until the next one's, None when all are well."""
        now, pauses = asyncio.get_running_loop().time(), []
        for host in self._hosts:
            if host.again_at is None or host.asking:
                continue
            if host.again_at > now:
                pauses.append(host.again_at - now)
            else:
                host.asking = True
                task = asyncio.create_task(self._ask(host))
                self._asking.add(task)
                task.add_done_callback(self._asking.discard)
        return min(pauses, default=None)

    async def _ask(self, host: PoolHost) -> None:
        try:
            host.told(await host.engine.facts())
        except EngineError as error:
            host.failed(error)
        finally:
            host.asking = False
            self._wake()

    async def facts(self) -> EngineFacts:
        """What the hosts that answer hold together. EngineUnavailable when none does."""
        answers = await asyncio.gather(*(host.engine.facts() for host in self._hosts), return_exceptions=True)
        found: list[EngineFacts] = []
        failures: list[EngineError] = []
        for host, answer in zip(self._hosts, answers, strict=True):
            if isinstance(answer, EngineFacts):
                host.told(answer)
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
            infill=any(one.infill for one in found),
            parallel=sum(host.slots for host in self._hosts if host.well),
        )

    async def aclose(self) -> None:
        self._closed = True
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)
        self._wake()
        await asyncio.gather(*(host.engine.aclose() for host in self._hosts))


def _alike(request: Request) -> tuple[str, str]:
    """What requests that share a cached prompt have in common."""
    if isinstance(request, InfillRequest):
        return request.model, request.prefix[:ALIKE]
    said = next((message.content for message in request.messages if message.role == "user"), "")
    return request.model, said[:ALIKE]
