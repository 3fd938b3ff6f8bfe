"""A process that has imported all of Postil and forks a new `postil` for each request: run by tests/forked.py.

A fork begins where `python -m postil` is after its imports, so a test's server costs 50 ms of work instead of 800. All
else is that of a process of its own: pid, pipes, signals, environment, folder, exit code.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import sys

# A request is the words, the folder and the environment.
LARGEST = 1 << 20


def preload() -> None:
    """Import every module of Postil, and what they need."""
    import postil

    for module in pkgutil.walk_packages(postil.__path__, "postil."):
        # `embedded.child` is a program of its own.
        if not module.name.endswith(("__main__", ".embedded.child")):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()


def serve(requests: socket.socket) -> list[str]:
    """Fork until the tests are over. Only a forked process returns: the words of its command."""
    wake, woken = os.pipe()
    for end in (wake, woken):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(woken)
    # Of a terminal's Ctrl-C the tests tell.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    running: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([requests, wake], [], [])
        if wake in ready:
            os.read(wake, 4096)
            _reap(running)
        if requests not in ready:
            continue
        data, files, _, _ = socket.recv_fds(requests, LARGEST, 4)
        if not data:
            os._exit(0)
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for other in (wake, woken, requests.fileno(), *running.values()):
                os.close(other)
            return _become(json.loads(data), files)
        for file in files[:3]:
            os.close(file)
        running[pid] = files[3]
        os.write(files[3], b"%d\n" % pid)


def _reap(running: dict[int, int]) -> None:
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        file = running.pop(pid)
        # A test that is over reads no more.
        with contextlib.suppress(BrokenPipeError):
            os.write(file, b"%d\n" % os.waitstatus_to_exitcode(status))
        os.close(file)


def _become(request: dict[str, object], files: list[int]) -> list[str]:
    for number, file in enumerate(files[:3]):
        os.dup2(file, number)
    for file in files:
        os.close(file)
    environment, words = request["environment"], request["words"]
    assert isinstance(environment, dict) and isinstance(words, list)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(str(request["folder"]))
    return words


def main() -> None:
    # The number is no descriptor of the children's.
    requests = socket.socket(fileno=int(sys.argv[1]))
    os.set_inheritable(requests.fileno(), False)
    preload()
    words = serve(requests)
    requests.detach()
    import postil.__main__

    sys.argv = [str(postil.__main__.__file__), *words]
    postil.__main__.main()


if __name__ == "__main__":
    main()
