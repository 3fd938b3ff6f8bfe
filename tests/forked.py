"""`postil` in a process that is forked from one which has imported it all: see tests/fork_server.py.

Where the start of the process is what a test is about (what is imported, from where, how it ends with its parent), the
test starts `python -m postil` itself.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from asyncio.streams import FlowControlMixin
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

SERVER = Path(__file__).resolve().parents[1] / "server"
# Windows can't fork.
CAN_FORK = hasattr(os, "fork")


class Running(Protocol):
    """What tests use of an `asyncio.subprocess.Process`."""

    stdin: asyncio.StreamWriter | None
    stdout: asyncio.StreamReader | None
    stderr: asyncio.StreamReader | None

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    async def wait(self) -> int: ...
    def send_signal(self, signal: int) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


class Forked:
    """A running `postil` of the fork server's."""

    def __init__(self, stdin: asyncio.StreamWriter, stdout: asyncio.StreamReader, stderr: asyncio.StreamReader) -> None:
        self.stdin: asyncio.StreamWriter | None = stdin
        self.stdout: asyncio.StreamReader | None = stdout
        self.stderr: asyncio.StreamReader | None = stderr
        self.pid = 0
        self.returncode: int | None = None
        self._ended: asyncio.Task[int] | None = None

    async def begin(self, status: asyncio.StreamReader) -> None:
        self.pid = int(await status.readline())
        self._ended = asyncio.create_task(self._end(status))

    async def _end(self, status: asyncio.StreamReader) -> int:
        self.returncode = int(await status.readline())
        assert self.stdin is not None
        self.stdin.close()
        return self.returncode

    async def wait(self) -> int:
        assert self._ended is not None
        return await asyncio.shield(self._ended)

    def send_signal(self, signal: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, signal)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


async def start(words: tuple[str, ...], folder: Path, environment: Mapping[str, str], limit: int = 1 << 26) -> Running:
    """`postil WORDS` with pipes. What an environment says to Python itself needs a Python of its own."""
    others = {
        name for name, value in environment.items() if name.startswith("PYTHON") and os.environ.get(name) != value
    }
    if others or not CAN_FORK:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "postil", *words),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=limit,
            cwd=folder,
            env={"PYTHONPATH": str(SERVER), **environment},
        )
    stdin, stdout, stderr, status = (os.pipe() for _ in range(4))
    _ask(words, folder, environment, (stdin[0], stdout[1], stderr[1], status[1]))
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.connect_write_pipe(FlowControlMixin, os.fdopen(stdin[1], "wb", 0))
    writer = asyncio.StreamWriter(transport, protocol, None, loop)
    process = Forked(writer, await _reader(stdout[0], limit), await _reader(stderr[0], limit))
    await process.begin(await _reader(status[0], limit))
    return process


def run(
    words: tuple[str, ...], folder: Path, environment: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str]:
    """`postil WORDS` to its end, without input."""
    if not CAN_FORK:
        command = [sys.executable, "-m", "postil", *words]
        given = {"PYTHONPATH": str(SERVER), **environment}
        return subprocess.run(
            command, cwd=folder, env=given, capture_output=True, encoding="utf-8", timeout=timeout, check=False
        )
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        kept = (out.fileno(), errors.fileno())
        status, theirs = os.pipe()
        nothing = os.open(os.devnull, os.O_RDONLY)
        _ask(words, folder, environment, (nothing, *kept, theirs), *kept)
        with os.fdopen(status, encoding="ascii") as told:
            pid = int(told.readline())
            if not select.select([told], [], [], timeout)[0]:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(words, timeout)
            code = int(told.readline())
        texts = []
        for file in (out, errors):
            file.seek(0)
            texts.append(file.read().decode("utf-8"))
    return subprocess.CompletedProcess(words, code, *texts)


async def _reader(file: int, limit: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=limit)
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(file, "rb", 0))
    return reader


def _ask(
    words: tuple[str, ...], folder: Path, environment: Mapping[str, str], files: tuple[int, ...], *kept: int
) -> None:
    """Hand over stdin, stdout, stderr and where to write pid and exit code. Ours are closed, but for the `kept`."""
    request = {"words": words, "folder": str(folder), "environment": dict(environment)}
    socket.send_fds(_server(), [json.dumps(request).encode()], files)
    for file in set(files) - set(kept):
        os.close(file)


@functools.cache
def _server() -> socket.socket:
    """The fork server of this process, started when it is first needed."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    program = Path(__file__).with_name("fork_server.py")
    process = subprocess.Popen(
        [sys.executable, "-P", str(program), str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(SERVER), "PYTHONUTF8": "1"},
    )
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait(10)

    atexit.register(end)
    return ours
