"""The parent's end of a reading process: sends paths ahead, gets files back in order, survives a file that kills it."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from postil.service.context.scanning.worker import Answer, receive, send

# Paths that are sent ahead, so that the process has work while we write. What it has read waits in memory, up to a
# megabyte each.
AHEAD = 12
# Seconds for one file. The largest that is read takes one or two on a slow machine.
PATIENCE = 30.0

_WORKER = ("-m", "postil.service.context.scanning.worker")
_DIED = "reading it ended the process"
_SLOW = f"reading it took longer than {PATIENCE:.0f} s"


class FileReader(Protocol):
    """Reads files, some at a time; the answers come in the order of the paths."""

    @property
    def full(self) -> bool:
        """Whether an answer must be taken before another path is sent."""
        ...

    @property
    def waiting(self) -> bool:
        """Whether there are answers to come."""
        ...

    def send(self, path: str) -> None:
        """Read this file, relative to the folder with `/`."""
        ...

    def receive(self) -> tuple[str, Answer]:
        """The path that was sent first of those without an answer, and the file or why it can't be read."""
        ...

    def close(self) -> None: ...


class Reader:
    """Reads files below a folder in another process, which begins with the first."""

    def __init__(self, root: Path, patience: float = PATIENCE, command: Sequence[str] = _WORKER) -> None:
        # -P: the current folder may be a stranger's, and have a `postil` or a `msgspec.py` of its own.
        self._command = (sys.executable, "-P", *command, str(root))
        self._patience = patience
        self._sent: deque[str] = deque()
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[bytes | None] = queue.Queue(AHEAD)

    @property
    def full(self) -> bool:
        return len(self._sent) >= AHEAD

    @property
    def waiting(self) -> bool:
        return bool(self._sent)

    def send(self, path: str) -> None:
        self._sent.append(path)
        self._write(path)

    def receive(self) -> tuple[str, Answer]:
        path = self._sent[0]
        try:
            message = self._answers.get(timeout=self._patience)
        except queue.Empty:
            return path, self._give_up(_SLOW)
        if message is None:
            return path, self._give_up(_DIED)
        self._sent.popleft()
        return path, msgspec.msgpack.decode(message, type=Answer)

    def _give_up(self, why: str) -> str:
        """Leave out the file that is being read, and read the others with a new process."""
        self.close()
        self._sent.popleft()
        for path in self._sent:
            self._write(path)
        return why

    def _write(self, path: str) -> None:
        process = self._process or self._start()
        # If it has died, `receive` finds out.
        with contextlib.suppress(OSError, ValueError):
            if process.stdin is not None:
                send(process.stdin, path.encode("utf-8"))

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        answers: queue.Queue[bytes | None] = queue.Queue(AHEAD + 1)
        self._process, self._answers = process, answers

        def drain() -> None:
            # More than are asked for never come, so that this never waits for room.
            while process.stdout is not None and (message := receive(process.stdout)) is not None:
                answers.put(message)
            answers.put(None)

        threading.Thread(target=drain, daemon=True, name="postil index").start()
        return process

    def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
