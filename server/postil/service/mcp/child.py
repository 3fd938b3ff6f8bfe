"""A server's process: messages over its standard input and output, all of them bounded, and an end that leaves none.

The package's own transport keeps a line of any length, and copies all of it for each piece that comes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import uuid
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import mcp_types as types
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client.stdio import get_default_environment
from mcp.shared.message import SessionMessage
from pydantic import ValidationError

from postil.core.text.plain import one_line
from postil.logs import redacted
from postil.service.mcp.config import ServerConfig, ServerTrouble
from postil.service.mcp.limits import Limits, Streams, Volume
from postil.service.verify.run import MARK, kill_all

log = logging.getLogger(__name__)

# Of what it writes to standard error, for people who look why it doesn't work.
_LOG_LINES, _LOG_CHARS = 200, 400
_PIECE = 1 << 16


class Child:
    """Used once: `async with child.opened()` gives the streams. `end`: why it ended, as a sentence; "" while it runs.
    `over` is set when nothing more comes from it."""

    def __init__(self, config: ServerConfig, limits: Limits, environment: Mapping[str, str]) -> None:
        self._config = config
        self._limits = limits
        self._environment = {**get_default_environment(), **dict(config.env), MARK: uuid.uuid4().hex}
        # What a program must have that the package's list doesn't name: where its own libraries and its locale are.
        for name in ("LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT"):
            if name in environment:
                self._environment.setdefault(name, environment[name])
        self._process: asyncio.subprocess.Process | None = None
        self._said: deque[str] = deque(maxlen=_LOG_LINES)
        self.volume = Volume(limits.most_bytes, limits.most_messages)
        self.garbage = 0
        self.end = ""
        self.over = asyncio.Event()

    @property
    def log(self) -> tuple[str, ...]:
        """The latest lines that it wrote to standard error, and those of standard output that are no messages."""
        return tuple(self._said)

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Streams]:
        """Raises ServerTrouble if it can't be started."""
        process = self._process = await self._started()
        incoming, received = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        sent, outgoing = anyio.create_memory_object_stream[SessionMessage](0)
        tasks = [
            asyncio.create_task(self._read(process, incoming)),
            asyncio.create_task(self._write(process, outgoing)),
            asyncio.create_task(self._read_log(process)),
        ]
        try:
            yield received, sent
        finally:
            ending = asyncio.ensure_future(self._stop(process, tasks))
            try:
                await asyncio.shield(ending)
            except asyncio.CancelledError:
                await ending
                raise
            finally:
                for stream in (incoming, received, sent, outgoing):
                    stream.close()

    async def _started(self) -> asyncio.subprocess.Process:
        config = self._config
        program = _program(config.command, Path(config.cwd), self._environment.get("PATH", ""))
        if program is None:
            raise ServerTrouble(
                f"{config.name}: can't start {config.command}: there is no such program: is it installed?"
            )
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                program,
                *config.args,
                cwd=config.cwd,
                env=self._environment,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=os.name == "posix",
            )
        )
        try:
            return await asyncio.shield(starting)
        except (OSError, ValueError) as error:
            why = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise ServerTrouble(f"{config.name}: can't start {config.command}: {why}: is it installed?") from None
        except asyncio.CancelledError:
            with contextlib.suppress(OSError, ValueError):
                await self._stop(await starting, [])
            raise

    async def _read(
        self,
        process: asyncio.subprocess.Process,
        incoming: MemoryObjectSendStream[SessionMessage | Exception],
    ) -> None:
        assert process.stdout is not None
        line, why = bytearray(), ""
        try:
            while not why and (piece := await process.stdout.read(_PIECE)):
                # Each byte is copied once, however long a line is.
                *ends, rest = piece.split(b"\n")
                for end in ends:
                    line += end
                    why = why or await self._message(bytes(line), incoming)
                    line.clear()
                line += rest
                if len(line) > self._limits.line_bytes or not self.volume.add(len(piece)):
                    why = "it wrote far too much, and was ended"
        except (anyio.BrokenResourceError, anyio.ClosedResourceError):
            return  # our end is closed
        finally:
            self.end = self.end or why or "it ended"
            self.over.set()
            incoming.close()

    async def _message(self, line: bytes, incoming: MemoryObjectSendStream[SessionMessage | Exception]) -> str:
        """Hands a message on. Returns why the server must end; "" otherwise."""
        if not line.strip():
            return ""
        if not self.volume.message():
            return "it wrote far too many messages, and was ended"
        try:
            message = types.jsonrpc_message_adapter.validate_json(line, by_name=False)
        except (ValidationError, ValueError, RecursionError):
            self._note(line)
            self.garbage += 1
            too_many = self.garbage > self._limits.garbage_lines
            return "it writes lines that are no messages, and was ended" if too_many else ""
        await incoming.send(SessionMessage(message))
        return ""

    async def _write(
        self, process: asyncio.subprocess.Process, outgoing: MemoryObjectReceiveStream[SessionMessage]
    ) -> None:
        assert process.stdin is not None
        with contextlib.suppress(OSError, RuntimeError, anyio.ClosedResourceError):
            async for one in outgoing:
                self.volume.begin()
                text = one.message.model_dump_json(by_alias=True, exclude_unset=True)
                process.stdin.write(text.encode() + b"\n")
                await process.stdin.drain()

    async def _read_log(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        line = b""
        while piece := await process.stderr.read(_PIECE):
            *ends, line = (line + piece).split(b"\n")
            for end in ends[-_LOG_LINES:]:
                self._note(end)
            line = line[:_LOG_CHARS]
        self._note(line)

    def _note(self, line: bytes) -> None:
        words = one_line(redacted(line[: 4 * _LOG_CHARS].decode("utf-8", "replace")))[:_LOG_CHARS]
        if words:
            self._said.append(words)
            log.debug("%s: %s", self._config.name, words)

    async def _stop(self, process: asyncio.subprocess.Process, tasks: list[asyncio.Task[None]]) -> None:
        """Close its input, wait a moment, then end all of its group."""
        self.end = self.end or "it was ended"
        self.over.set()
        if process.stdin is not None:
            process.stdin.close()
        ended = asyncio.ensure_future(process.wait())
        try:
            await asyncio.wait((ended,), timeout=self._limits.grace_seconds)
            if not ended.done():
                _ask_to_end(process)
                await asyncio.wait((ended,), timeout=self._limits.grace_seconds)
            # What it has started ends with it, though it ended in time itself.
            self._kill(process)
            await asyncio.wait((ended,), timeout=self._limits.grace_seconds)
        finally:
            ended.cancel()
            for task in tasks:
                task.cancel()
            for outcome in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(outcome, Exception):
                    log.debug("%s: %r", self._config.name, outcome)
            # A child that has left the group may keep the pipes open; without this they stay until it ends.
            transport: asyncio.SubprocessTransport | None = getattr(process, "_transport", None)
            if transport is not None:
                with contextlib.suppress(OSError):
                    transport.close()

    def _kill(self, process: asyncio.subprocess.Process) -> None:
        if os.name == "posix":
            kill_all(process.pid, self._environment[MARK])
        else:
            with contextlib.suppress(OSError):
                process.kill()


def _program(command: str, folder: Path, path: str) -> str | None:
    """The program of this name on PATH, or of this path in `folder`. A bare name never means a file of `folder`,
    which may be a stranger's: neither by `.` on PATH, nor because Windows looks there first."""
    if os.sep in command or "/" in command:
        found = folder / Path(command).expanduser()
        return str(found) if found.is_file() else None
    for entry in path.split(os.pathsep):
        if Path(entry).is_absolute():
            # On Windows `npx` is a file with another ending.
            found = shutil.which(command, path=entry)
            if found is not None and Path(found).parent == Path(entry):
                return found
    return None


def _ask_to_end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGTERM)
        else:
            process.terminate()
