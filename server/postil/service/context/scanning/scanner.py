"""A process that compares an index with its workspace: the language server's own process does none of that work.

It writes its progress to its standard output, a line of JSON each, and ends with its standard input: with whoever has
started it.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import msgspec

from postil.service.context.index.place import index_place
from postil.service.context.index.store import IndexTrouble
from postil.service.context.scanning.scan import Limits, Scanned, scan

# Seconds between two lines.
_PACE = 0.25
# On Unix: others come first, the editor and the model among them.
_NICENESS = 10
_STDIN = 0


class Line(msgspec.Struct, frozen=True):
    """`trouble`: why there is no more to come."""

    scanned: Scanned = Scanned()
    trouble: str = ""


def main(root: Path, limits: Limits) -> int:
    """The exit code."""
    said = 0.0
    try:
        for step in scan(index_place(root), limits):
            if step.ended or time.monotonic() >= said + _PACE:
                said = time.monotonic()
                _say(Line(step))
    except IndexTrouble as error:
        _say(Line(trouble=str(error)))
        return 1
    return 0


def _say(line: Line) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


def _end_with_parent() -> None:
    # Not `sys.stdin`: at its end Python waits for whoever reads that.
    while os.read(_STDIN, 1024):
        pass
    # Whatever the scan is doing: what it has read is in the index, and the file that it is writing isn't.
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    try:
        sys.exit(main(Path(sys.argv[1]), msgspec.json.decode(sys.argv[2], type=Limits)))
    except BrokenPipeError:
        sys.exit(1)
