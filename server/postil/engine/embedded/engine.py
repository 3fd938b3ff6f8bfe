"""The embedded engine: llama.cpp in a child process of ours, spoken to over loopback with a random key."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import re
import secrets
import sys
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from pathlib import Path

from postil.core.request import ChatRequest, Delta, InfillRequest, LoadOptions
from postil.engine.base import (
    EngineFacts,
    EngineRefused,
    EngineUnavailable,
    ModelInfo,
    OutOfMemory,
    StreamBroken,
    TimeOuts,
)
from postil.engine.openai.answer import as_object
from postil.engine.openai.engine import OpenAICompatEngine
from postil.engine.out_of_memory import ran_out

# Enough of llama.cpp's log to hold the reason of a failed load.
LOG_LINES = 40
# As in "0.00.005.655 E gguf_init_from_reader: failed to read magic".
_ERROR_LINE = re.compile(r"[\d.]+ E (.+)")
# Reading a large model from a cold disk.
LOAD_SECONDS = 300.0
# A process that crashed has closed its sockets before its parent can hear of its end.
EXIT_SECONDS = 1.0

AGAIN = "Save again: it is started anew."

# A child that can't load ends by itself, and its log with it: sooner, but for a machine that is busy.
LOG_SECONDS = 10.0

Resolver = Callable[[str], Path]


@dataclass(frozen=True, slots=True)
class EmbeddedOptions:
    """How the child runs: `threads` None = the machine's cores, `gpu_layers` -1 = as many as fit."""

    threads: int | None = None
    parallel: int = 2
    speculation: bool = True
    gpu_layers: int = -1


class EmbeddedEngine:
    """One child for one model and one context size; a request for another replaces it when its own are done.

    The child starts with the first request. When it dies, the stream that runs is StreamBroken and the next
    request starts a new one. `resolve` gives a model's GGUF file or raises ModelMissing.
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
        self._child: _Child | None = None
        self._lock = asyncio.Lock()
        self._users = 0
        self._closes = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        async with aclosing(self._through(request, lambda engine: engine.chat(request))) as stream:
            async for delta in stream:
                yield delta

    async def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        async with aclosing(self._through(request, lambda engine: engine.infill(request))) as stream:
            async for delta in stream:
                yield delta

    async def _through(
        self, request: ChatRequest | InfillRequest, ask: Callable[[OpenAICompatEngine], AsyncGenerator[Delta]]
    ) -> AsyncGenerator[Delta]:
        child = await self._acquire(request.model, request.load)
        try:
            async with aclosing(ask(child.engine)) as stream:
                async for delta in stream:
                    yield delta
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
                child = await _Child.start(key, self._resolve(model), self._options, self._limits)
                if self._closes != closes:
                    # Closing didn't wait for the load; nobody else would end this child.
                    await child.stop()
                    raise EngineUnavailable("The embedded engine was closed while it loaded. Save again to start it.")
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
            raise EngineUnavailable(
                "The embedded engine isn't installed: pip install 'postil[embedded]', or start Ollama."
            )
        address = self._child.address if self._child else "not started"
        return EngineFacts(
            "embedded",
            address,
            self._models(),
            speculation=self._options.speculation,
            parallel=self._options.parallel,
        )

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._child.process.pid if self._child and self._child.alive else None

    async def aclose(self) -> None:
        self._closes += 1
        child, self._child = self._child, None
        if child is not None:
            await child.stop()


@dataclass(slots=True)
class _Child:
    key: tuple[str, int]
    address: str
    process: asyncio.subprocess.Process
    engine: OpenAICompatEngine
    reader: asyncio.Task[None]
    log: deque[str]
    # By us, while it lived: nobody is to be told that it died.
    stopped: bool = False

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    @classmethod
    async def start(cls, key: tuple[str, int], path: Path, options: EmbeddedOptions, limits: TimeOuts) -> _Child:
        api_key = secrets.token_urlsafe(32)
        config = {
            "model_path": str(path),
            "num_ctx": key[1],
            "parallel": options.parallel,
            "threads": options.threads or os.cpu_count() or 1,
            "gpu_layers": options.gpu_layers,
            "speculation": options.speculation,
            "api_key": api_key,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            # `-m` alone looks into the folder that we were started in first, which is often a stranger's repository.
            "-P",
            "-m",
            "postil.engine.embedded.child",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=1024 * 1024,
        )
        log: deque[str] = deque(maxlen=LOG_LINES)
        reader = asyncio.create_task(_read_log(process.stderr, log))
        try:
            process.stdin.write(json.dumps(config).encode() + b"\n")
            try:
                said = as_object((await asyncio.wait_for(process.stdout.readline(), LOAD_SECONDS)).decode()) or {}
            except TimeoutError:
                raise EngineUnavailable(
                    f"The embedded engine didn't load {key[0]} ({path.name}) within {LOAD_SECONDS:g} s. Save again to"
                    " retry; a smaller model loads sooner."
                ) from None
            except ValueError:
                # Too long for a line, or no UTF-8: not the line that we write.
                said = {}
            address = said.get("address")
            if not address:
                # The log comes through another pipe, maybe after the line that says that it failed.
                with suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(reader), LOG_SECONDS)
                reason = _first_error(log) or said.get("error") or next(reversed(log), "it ended without a word")
                message = (
                    f"The embedded engine can't load {key[0]} ({path.name}): {reason.rstrip('.')}. `postil doctor` "
                    "tells what fits; a smaller num_ctx or model needs less memory."
                )
                full = any(map(ran_out, (reason, *log)))
                raise OutOfMemory(message, model=key[0]) if full else EngineRefused(message)
        except BaseException:
            await _end(process, reader)
            raise
        engine = OpenAICompatEngine(
            address, api_key, limits, "llama.cpp", "embedded engine", slots=options.parallel, step=AGAIN
        )
        return cls(key, address, process, engine, reader, log)

    async def why_dead(self) -> str | None:
        """What ended the child, a moment after its socket broke; None while it lives."""
        if self.stopped:
            return "The embedded engine was closed while it answered."
        with suppress(TimeoutError):
            await asyncio.wait_for(self.process.wait(), EXIT_SECONDS)
        code = self.process.returncode
        if code is None:
            return None
        # The kernel's way of taking memory back.
        killed = " (killed: the machine may be out of memory, try a smaller model or num_ctx)" if code == -9 else ""
        return f"The embedded engine ended with {code}{killed}: {self.last_words()}."

    def last_words(self) -> str:
        return next(reversed(self.log), "it said nothing")

    async def stop(self) -> None:
        self.stopped = self.alive
        await self.engine.aclose()
        await _end(self.process, self.reader)


async def _end(process: asyncio.subprocess.Process, reader: asyncio.Task[None]) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
    await process.wait()
    reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)
    # The transport keeps the pipes open until the garbage collector comes; close them now.
    process._transport.close()  # type: ignore[attr-defined]


def _first_error(log: Iterable[str]) -> str | None:
    """What went wrong first: llama.cpp reports the consequences of an error as further ones."""
    return next((match[1] for line in log if (match := _ERROR_LINE.match(line))), None)


async def _read_log(stream: asyncio.StreamReader | None, log: deque[str]) -> None:
    assert stream is not None
    while line := await stream.readline():
        log.append(line.decode("utf-8", "replace").rstrip()[:500])
