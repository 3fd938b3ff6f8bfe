"""`python -m bench.lazy`: what each module of postil/lazy.py saves a waiting server, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys

from postil.lazy import DEFERRED

# What a waiting server has imported anyway; then the module is executed, and what it imports with it.
CODE = """
import sys, time
from postil import lazy
lazy.install()
import postil.lsp.app, postil.service.session
postil.service.session.Session
import psutil
process, name = psutil.Process(), sys.argv[1]
module = __import__(name, fromlist=["x"]) if "." in name else __import__(name)
before, began = process.memory_info().rss, time.perf_counter()
dir(module), module.__doc__
print(round((time.perf_counter() - began) * 1000), round((process.memory_info().rss - before) / 2**20, 1))
"""


def measured(name: str) -> tuple[int, float]:
    """Milliseconds and MiB."""
    run = subprocess.run([sys.executable, "-c", CODE, name], capture_output=True, text=True, check=True)
    took, size = run.stdout.split()
    return int(took), float(size)


def main() -> None:
    for name in sorted(DEFERRED):
        took, size = measured(name)
        print(f"{name:40} {took:5d} ms {size:6.1f} MiB")


if __name__ == "__main__":
    main()
