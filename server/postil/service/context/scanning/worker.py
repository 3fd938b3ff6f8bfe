"""A process that reads files for the index: the work that takes a core for a minute, away from whoever waits for it.

It gets paths on its standard input and writes what it has read to its standard output, both length first. It ends with
its input: nothing is left when its parent is killed.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import IO

import msgspec

from postil.service.context.index.read import FileRead, read_file

Answer = FileRead | str
_LENGTH = 4


def send(stream: IO[bytes], message: bytes) -> None:
    """Raises OSError when nobody reads it."""
    stream.write(len(message).to_bytes(_LENGTH, "big") + message)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """The next message; None at the end."""
    head = stream.read(_LENGTH)
    if len(head) < _LENGTH:
        return None
    body = stream.read(int.from_bytes(head, "big"))
    return body if len(body) == int.from_bytes(head, "big") else None


def main(root: Path, source: IO[bytes], target: IO[bytes]) -> None:
    """Answers each path until there are no more."""
    while (path := receive(source)) is not None:
        try:
            answer: Answer = read_file(root, path.decode("utf-8"))
        except (RecursionError, MemoryError) as error:
            answer = f"can't be read: {type(error).__name__}"
        send(target, msgspec.msgpack.encode(answer))


if __name__ == "__main__":
    # Ctrl-C goes to all processes of a terminal: the parent ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        main(Path(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        sys.exit(1)
