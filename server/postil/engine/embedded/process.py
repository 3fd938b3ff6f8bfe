"""The embedded engine's child process, as the server sees it: started, spoken to, and ended."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from postil.engine.base import EngineRefused, EngineUnavailable, OutOfMemory, TimeOuts
from postil.engine.dialect.observations import Observations
from postil.engine.embedded.messages import ChildConfig, ChildReply
from postil.engine.openai.engine import OpenAICompatEngine
from postil.engine.out_of_memory import ran_out

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


@dataclass(frozen=True, slots=True)
class EmbeddedOptions:
    """How a child runs: `threads` None = the machine's cores, `gpu_layers` -1 = as many as fit."""

    threads: int | None = None
    parallel: int = 2
    speculation: bool = True
    gpu_layers: int = -1


def child_environment() -> dict[str, str]:
    """What the child is started with; variables that the user has set count."""
    return _CHILD_VARIABLES | os.environ


@dataclass(slots=True)
class Child:
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
        *,
        embedding: bool = False,
    ) -> Child:
        """`embedding`: the model makes vectors of texts, and does nothing else."""
        parallel = 1 if embedding else options.parallel
        config = ChildConfig(
            model_path=str(path),
            num_ctx=key[1],
            parallel=parallel,
            threads=options.threads or os.cpu_count() or 1,
            gpu_layers=options.gpu_layers,
            speculation=options.speculation and not embedding,
            embedding=embedding,
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
            slots=parallel,
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
