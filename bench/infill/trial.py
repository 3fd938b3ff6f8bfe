"""Runs a test script beside code that a model wrote, and believes neither its output nor its exit."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

# Every test here is done in a tenth of a second; what a model wrote may never be.
SECONDS = 10.0
# Only a script that was run to its end leaves with this: `sys.exit(0)` or `process.exit()` in the code under test ends
# the process before anything was asserted, and would pass by an exit code of 0.
DONE = 86
# Python needs a few dozen megabytes of addresses. Node reserves gigabytes of them before it begins, so for it only what
# can be written to is counted; it needs about a hundred megabytes.
PYTHON_BYTES = NODE_BYTES = 1 << 30
FILE_BYTES = 16 << 20

_POSIX = os.name == "posix"
_LIMITS = f"""
import os, sys
def limit(**values):
    try:
        import resource
    except ImportError:
        return
    for name, value in values.items():
        try:
            resource.setrlimit(getattr(resource, "RLIMIT_" + name), (value, value))
        except (ValueError, OSError):  # macOS refuses some
            pass
limit(CORE=0, FSIZE={FILE_BYTES}, CPU={int(2 * SECONDS)})
"""
_PYTHON = f"""{_LIMITS}
import runpy
limit(AS={PYTHON_BYTES})
runpy.run_path(sys.argv[1], run_name="__main__")
sys.exit({DONE})
"""
# A script that goes on after its last line exports the promise of its end.
_SCRIPT = f'Promise.resolve(require("./" + process.argv[1])).then(() => {{ process.exitCode = {DONE}; }});'
_NODE = f"""{_LIMITS}
limit(DATA={NODE_BYTES})
os.execv(sys.argv[1], sys.argv[1:])
"""


def passes(folder: Path, test: str, seconds: float = SECONDS) -> bool:
    """Whether the script `test` in `folder` gets to its end without an error in that time. It is `.py`, or `.js` where
    Node is there (OSError else)."""
    # Its output isn't wanted, and a loop that prints would fill our memory.
    process = subprocess.Popen(
        _command(test),
        cwd=folder,
        env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(folder), "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=_POSIX,
    )
    try:
        return process.wait(seconds) == DONE
    except subprocess.TimeoutExpired:
        return False
    finally:
        _end(process)


def _command(test: str) -> list[str]:
    if test.endswith(".py"):
        return [sys.executable, "-c", _PYTHON, test]
    node = shutil.which("node")
    if node is None:
        raise FileNotFoundError("node isn't there: install Node.js, or leave the JavaScript cases out")
    script = [node, "-e", _SCRIPT, test]
    return [sys.executable, "-c", _NODE, *script] if _POSIX else script


def _end(process: subprocess.Popen[bytes]) -> None:
    """The process and, where there are groups, what it has started."""
    if _POSIX:
        # PermissionError: on macOS, when nothing but an ended leader is left.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
