"""Runs a command with limits, in a session of its own; nothing of it is left when it has ended or is cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from postil.service.verify.trouble import CheckTrouble

# The beginning and the end of an output are kept; a report of a large suite (go test -json) is some megabytes.
HEAD_BYTES = 1 << 20
TAIL_BYTES = 8 << 20
# A command that writes more is in a loop.
FLOOD_BYTES = 256 << 20
# Between the request to end and the kill: a runner may have servers to stop.
GRACE_SECONDS = 0.5
# A process may fork while the others are being killed, and one that does nothing else is hit by luck.
_KILL_SECONDS = 3.0

# The variable by which processes are known that have left their group.
MARK = "POSTIL_CHECK"
_ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Ran:
    """`stopped`: why it was ended, as a sentence about it; "" when it ended by itself."""

    exit_code: int
    text: str
    stopped: str
    seconds: float


class _Output:
    """Reads a pipe to its end, keeps a bounded part, and tells of a flood."""

    def __init__(self, reader: asyncio.StreamReader, most: int) -> None:
        self._reader = reader
        self._most = most
        self._head = bytearray()
        self._tail = bytearray()
        self._read = 0
        self.flood = asyncio.Event()

    async def read(self) -> None:
        while chunk := await self._reader.read(1 << 16):
            self._read += len(chunk)
            room = HEAD_BYTES - len(self._head)
            self._head += chunk[:room]
            self._tail += chunk[max(0, room) :]
            if len(self._tail) > 2 * TAIL_BYTES:
                del self._tail[:-TAIL_BYTES]
            if self._read > self._most:
                self.flood.set()
                return

    @property
    def text(self) -> str:
        cut = self._read > len(self._head) + len(self._tail) or len(self._tail) > TAIL_BYTES
        whole = bytes(self._head) + (b"\n[...]\n" if cut else b"") + bytes(self._tail[-TAIL_BYTES:])
        return _ESCAPES.sub(b"", whole).decode("utf-8", "replace").replace("\r\n", "\n")


async def run_command(command: str, folder: Path, environment: Mapping[str, str], seconds: float) -> Ran:
    """Run a command line of the user's in the shell. Raises CheckTrouble."""
    return await _run(command, folder, environment, seconds, FLOOD_BYTES)


async def run_program(
    argv: Sequence[str], folder: Path, environment: Mapping[str, str], seconds: float, most_bytes: int = FLOOD_BYTES
) -> Ran:
    """Run a program with these words, without a shell; it is ended when it writes more. Raises CheckTrouble."""
    return await _run(tuple(argv), folder, environment, seconds, most_bytes)


async def _run(
    command: str | tuple[str, ...], folder: Path, environment: Mapping[str, str], seconds: float, most_bytes: int
) -> Ran:
    if os.name != "posix":
        raise CheckTrouble("checks run on Linux and macOS only, so far")
    mark = uuid.uuid4().hex
    began = time.monotonic()
    out, into = os.pipe()
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    # A pipe of our own: it may stay open behind the command's end, when a child has it.
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(out, "rb", 0))
    try:
        process = await _started(command, folder, {**environment, MARK: mark}, into, mark)
    except OSError as error:
        transport.close()
        what = "a shell" if isinstance(command, str) else command[0]
        raise CheckTrouble(f"can't start {what} in {folder}: {error.strerror or error}") from None
    except asyncio.CancelledError:
        transport.close()
        raise
    finally:
        os.close(into)
    output = _Output(reader, most_bytes)
    reading = asyncio.create_task(output.read())
    ended = asyncio.create_task(process.wait())
    flooded = asyncio.create_task(output.flood.wait())
    stopped = ""
    try:
        await asyncio.wait((ended, flooded), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if output.flood.is_set():
            stopped = f"it wrote more than {most_bytes >> 20} MiB"
        elif not ended.done():
            stopped = f"it didn't end within {seconds:.0f} s"
            await _ask_to_end(process.pid, ended)
    finally:
        # What it started ends with it: a server that stays would answer to the next run.
        kill_all(process.pid, mark)
        try:
            # What is in the pipe is read. A daemon that hid from us and keeps it open doesn't keep us.
            await asyncio.wait((ended, reading), timeout=GRACE_SECONDS)
        finally:
            for task in (flooded, reading, ended):
                task.cancel()
            transport.close()
    code = process.returncode if process.returncode is not None else -1
    return Ran(code, output.text, stopped, time.monotonic() - began)


async def _started(
    command: str | tuple[str, ...], folder: Path, environment: Mapping[str, str], into: int, mark: str
) -> asyncio.subprocess.Process:
    """The shell, or the program, in a session of its own. Raises OSError."""
    nothing, new = asyncio.subprocess.DEVNULL, True
    if isinstance(command, str):
        opening = asyncio.create_subprocess_shell(
            command, cwd=folder, env=environment, stdin=nothing, stdout=into, stderr=into, start_new_session=new
        )
    else:
        opening = asyncio.create_subprocess_exec(
            *command, cwd=folder, env=environment, stdin=nothing, stdout=into, stderr=into, start_new_session=new
        )
    starting = asyncio.ensure_future(opening)
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # Left to itself, asyncio kills the first process alone, and what it has started by then stays.
        with contextlib.suppress(OSError):
            process = await starting
            kill_all(process.pid, mark)
            await process.wait()
        raise


async def _ask_to_end(group: int, ended: asyncio.Task[int]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGTERM)
    await asyncio.wait((ended,), timeout=GRACE_SECONDS)


def kill_all(group: int, mark: str) -> None:
    """Kill a command's group and, where the system tells (Linux), whoever has `mark` as MARK in the environment:
    a daemon has left the group."""
    ends = time.monotonic() + _KILL_SECONDS
    unseen = 0
    # Twice, because one that hops from process to process may be missed.
    while unseen < 2 and time.monotonic() < ends:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
        unseen = 0 if _kill_marked(mark) else unseen + 1


def _kill_marked(mark: str) -> bool:
    """Kill the living processes whose environment has the mark. False: there are none."""
    wanted = f"{MARK}={mark}".encode()
    found = False
    if not _PROC.is_dir():
        return found
    # The newest first: they may be about to fork.
    for process in sorted((int(name) for name in os.listdir(_PROC) if name.isdecimal()), reverse=True):  # noqa: PTH208
        # Processes of others can't be read, and any may end meanwhile. A zombie's environment is empty.
        with contextlib.suppress(OSError):
            if wanted in (_PROC / str(process) / "environ").read_bytes().split(b"\0"):
                found = True
                os.kill(process, signal.SIGKILL)
    return found
