"""The embedded engine: llama.cpp in a child process of ours, spoken to over loopback with a random key."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import re
import secrets
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from postil.core.models.observed import Observed
from postil.core.models.told import LLAMA_CPP
from postil.core.request import ChatRequest, Delta, InfillRequest, LoadOptions
from postil.engine.base import (
    EngineError,
    EngineFacts,
    EngineRefused,
    EngineUnavailable,
    ModelInfo,
    OutOfMemory,
    StreamBroken,
    TimeOuts,
)
from postil.engine.described import described
from postil.engine.dialect.observations import Observations
from postil.engine.embedded.gguf import GgufHead, read_head
from postil.engine.embedded.messages import ChildConfig, ChildReply
from postil.engine.hosts import Address
from postil.engine.openai.engine import OpenAICompatEngine
from postil.engine.out_of_memory import ran_out
from postil.engine.stream.guard import guarded_stream
from postil.engine.stream.redact import Redactor

log = logging.getLogger(__name__)

# Enough of llama.cpp's log to hold the reason of a failed load.
LOG_LINES = 40
# As in "0.00.005.655 E gguf_init_from_reader: failed to read magic".
_ERROR_LINE = re.compile(r"[\d.]+ E (.+)")
# Reading a large model from a cold disk.
LOAD_SECONDS = 300.0
# A process that crashed closes its sockets before its parent is told of its end.
EXIT_SECONDS = 1.0
# A child that can't load ends by itself, and its log with it: at once, unless the machine is busy.
LOG_SECONDS = 10.0

NAME = "The embedded engine"
AGAIN = "Save again: it is started anew."

# How often a thread of llama.cpp's checks whether the others are done before it sleeps; they meet some hundred times a
# token. libgomp's own 300,000 take longer than the kernel leaves a thread on its core: beside a build both cores were
# spent on checking, a rewrite took 1.4 to 3 times as long, and now and then a token took 3 s. With 10,000 it takes as
# long as with 1,000 there, and on an idle machine 1.0 to 1.1 times as long as with 300,000, as 1,000 and 3,000 take 1.1
# to 1.3 (1.5B on two cores, `python -m bench --only loaded`). Only builds with GNU's OpenMP read it: those for Linux.
GOMP_SPINCOUNT = "10000"
_CHILD_VARIABLES = {
    "GOMP_SPINCOUNT": GOMP_SPINCOUNT,
    # When ggml aborts it starts a debugger, whose output pushes the reason out of the log that we keep.
    "GGML_NO_BACKTRACE": "1",
}

Resolver = Callable[[str], Path]


@dataclass(frozen=True, slots=True)
class EmbeddedOptions:
    """How the child runs: `threads` None = the machine's cores, `gpu_layers` -1 = as many as fit."""

    threads: int | None = None
    parallel: int = 2
    speculation: bool = True
    gpu_layers: int = -1


class EmbeddedEngine:
    """One child process for one model and one context size. A request for another model or size replaces the child once
    the requests that it serves are done.

    The child starts with the first request. When it dies, running streams raise StreamBroken and the next request
    starts a new one. `resolve` gives a model's GGUF file or raises ModelMissing.
    """

    def __init__(
        self,
        resolve: Resolver,
        models: Callable[[], tuple[ModelInfo, ...]],
        options: EmbeddedOptions | None = None,
        timeouts: TimeOuts | None = None,
    ) -> None:
        self._resolve = resolve
        self._models = models
        self._options = options or EmbeddedOptions()
        self._limits = timeouts or TimeOuts()
        # The child listens on loopback.
        self._redactor = Redactor(lambda: Address("", NAME, loopback=True))
        # The child is replaced for another model, what was seen of a model stays.
        self._observations = Observations()
        self._child: _Child | None = None
        self._heads: dict[str, tuple[Path, GgufHead]] = {}
        self._lock = asyncio.Lock()
        self._users = 0
        self._closes = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        return guarded_stream(
            request,
            lambda sent: self._serving(sent, lambda engine: engine.raw_chat(sent)),
            self._redactor,
            self._limits,
            NAME,
            self._observations,
        )

    def observed(self, model: str) -> Observed:
        return self._observations.of(model)

    def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        return guarded_stream(
            request,
            lambda sent: self._serving(sent, lambda engine: engine.raw_infill(sent)),
            self._redactor,
            self._limits,
            NAME,
            self._observations,
        )

    @asynccontextmanager
    async def _serving(
        self,
        request: ChatRequest | InfillRequest,
        send: Callable[[OpenAICompatEngine], AsyncGenerator[Delta]],
    ) -> AsyncGenerator[AsyncGenerator[Delta]]:
        """The child's deltas, with the child kept while they are read. Errors say so when the child has died."""
        child = await self._acquire(request.model, request.load)
        try:
            async with aclosing(send(child.engine)) as stream:
                yield stream
        except (StreamBroken, EngineUnavailable) as error:
            reason = await child.why_dead()
            if reason is None:
                raise
            raise type(error)(f"{reason} The next request starts it again.") from error
        finally:
            self._release()

    async def _acquire(self, model: str, load: LoadOptions) -> _Child:
        closes = self._closes
        async with self._lock:
            key = (model, load.num_ctx)
            if self._child is None or self._child.key != key or not self._child.alive:
                if self._child is not None:
                    if self._child.alive:
                        await self._idle.wait()
                    await self._child.stop()
                    self._child = None
                child = await _Child.start(key, self._resolve(model), self._options, self._limits, self._observations)
                if self._closes != closes:
                    # `aclose` doesn't wait for a load; nobody else would end this child.
                    await child.stop()
                    raise EngineUnavailable(f"{NAME} was closed while it loaded. Save again to start it.")
                self._child = child
            self._users += 1
            self._idle.clear()
            return self._child

    def _release(self) -> None:
        self._users -= 1
        if self._users == 0:
            self._idle.set()

    async def facts(self) -> EngineFacts:
        """Doesn't start the child."""
        if importlib.util.find_spec("xllamacpp") is None:
            raise EngineUnavailable(f"{NAME} isn't installed: pip install 'postil[embedded]', or start Ollama.")
        address = self._child.address if self._child else "not started"
        return EngineFacts(
            "embedded",
            address,
            self._observations.listed(self._models()),
            speculation=self._options.speculation,
            parallel=self._options.parallel,
        )

    async def describe(self, model: ModelInfo) -> ModelInfo:
        """Reads the head of the model's file, once."""
        if model.name not in self._heads:
            try:
                path = self._resolve(model.name)
                head = await asyncio.to_thread(read_head, path)
            except (EngineError, OSError, ValueError) as error:
                log.info("no details of %s: %s", model.name, error)
                return self._observations.completed(described(model, LLAMA_CPP))
            self._heads[model.name] = (path, head)
        path, head = self._heads[model.name]
        told = replace(
            model,
            architecture=head.architecture or model.architecture,
            parameters=model.parameters or head.parameters,
            context_length=head.context_length or model.context_length,
        )
        names = (path.name, *head.names)
        found = described(told, LLAMA_CPP, "its GGUF file", names=names, template=head.chat_template)
        return self._observations.completed(found)

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._child.process.pid if self._child and self._child.alive else None

    async def aclose(self) -> None:
        self._closes += 1
        child, self._child = self._child, None
        if child is not None:
            await child.stop()


def child_environment() -> dict[str, str]:
    """What the child is started with; variables that the user has set count."""
    return _CHILD_VARIABLES | os.environ


@dataclass(slots=True)
class _Child:
    key: tuple[str, int]
    address: str
    process: Process
    engine: OpenAICompatEngine
    reader: asyncio.Task[None]
    log: deque[str]
    # Ended by us while it lived: its requests must not report that it died.
    stopped: bool = False

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    @classmethod
    async def start(
        cls,
        key: tuple[str, int],
        path: Path,
        options: EmbeddedOptions,
        limits: TimeOuts,
        observations: Observations | None = None,
    ) -> _Child:
        config = ChildConfig(
            model_path=str(path),
            num_ctx=key[1],
            parallel=options.parallel,
            threads=options.threads or os.cpu_count() or 1,
            gpu_layers=options.gpu_layers,
            speculation=options.speculation,
            api_key=secrets.token_urlsafe(32),
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            # `-m` alone looks into the current folder first, which is often a stranger's repository.
            "-P",
            "-m",
            "postil.engine.embedded.child",
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            limit=1024 * 1024,
            env=child_environment(),
        )
        log: deque[str] = deque(maxlen=LOG_LINES)
        reader = asyncio.create_task(_read_log(process.stderr, log))
        try:
            address = await _load(key[0], process, config, reader, log)
        except BaseException:
            await _end(process, reader)
            raise
        engine = OpenAICompatEngine(
            address,
            config.api_key,
            limits,
            "llama.cpp",
            "embedded engine",
            slots=options.parallel,
            step=AGAIN,
            observations=observations,
        )
        return cls(key, address, process, engine, reader, log)

    async def why_dead(self) -> str | None:
        """How the child ended, given a moment after its socket broke; None while it lives."""
        if self.stopped:
            return f"{NAME} was closed while it answered."
        with suppress(TimeoutError):
            await asyncio.wait_for(self.process.wait(), EXIT_SECONDS)
        code = self.process.returncode
        if code is None:
            return None
        # What the kernel does when memory is out.
        killed = " (killed: the machine may be out of memory, try a smaller model or num_ctx)" if code == -9 else ""
        return f"{NAME} ended with {code}{killed}: {self.last_words()}."

    def last_words(self) -> str:
        return next(reversed(self.log), "it said nothing")

    async def stop(self) -> None:
        self.stopped = self.alive
        await self.engine.aclose()
        await _end(self.process, self.reader)


async def _load(name: str, process: Process, config: ChildConfig, reader: asyncio.Task[None], log: deque[str]) -> str:
    """The address of a child that has loaded its model. Raises an EngineError with the reason when it can't."""
    model = f"{name} ({Path(config.model_path).name})"
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(msgspec.json.encode(config) + b"\n")
    try:
        reply = msgspec.json.decode(await asyncio.wait_for(process.stdout.readline(), LOAD_SECONDS), type=ChildReply)
    except TimeoutError:
        raise EngineUnavailable(
            f"{NAME} didn't load {model} within {LOAD_SECONDS:g} s. Save again to retry; a smaller model loads sooner."
        ) from None
    except (ValueError, msgspec.DecodeError):
        # Nothing, or a line that isn't the child's.
        reply = ChildReply()
    if reply.address:
        return reply.address
    # The log comes through another pipe, perhaps later than the reply.
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(reader), LOG_SECONDS)
    reason = _first_error(log) or reply.error or next(reversed(log), "it ended without a word")
    message = (
        f"{NAME} can't load {model}: {reason.rstrip('.')}. `postil doctor` tells what fits; a smaller num_ctx or model"
        " needs less memory."
    )
    full = any(map(ran_out, (reason, *log)))
    raise OutOfMemory(message, model=name) if full else EngineRefused(message)


async def _end(process: Process, reader: asyncio.Task[None]) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
    await process.wait()
    reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)
    # The transport keeps the pipes open until it is garbage collected; close them now.
    handle: Any = process
    handle._transport.close()


def _first_error(log: Iterable[str]) -> str | None:
    """The first error in llama.cpp's log: the further ones are its consequences."""
    return next((match[1] for line in log if (match := _ERROR_LINE.match(line))), None)


async def _read_log(stream: asyncio.StreamReader | None, log: deque[str]) -> None:
    assert stream is not None
    while line := await stream.readline():
        log.append(line.decode("utf-8", "replace").rstrip()[:500])
