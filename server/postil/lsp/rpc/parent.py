"""Ends this process when the client's process ends (LSP's `processId`): other processes may hold its pipes open."""

from __future__ import annotations

import logging
import os
import select
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

log = logging.getLogger(__name__)

# Where a process can't be waited for, it is polled often enough to end within a second after it.
POLL_SECONDS = 0.5
# Seconds before a forced exit: the event loop may be blocked by a write to a pipe that nobody reads any more.
GRACE_SECONDS = 0.9


def watch(pid: int, gone: Callable[[], None]) -> None:
    """Call `gone`, on a separate thread, when the process has ended. This process exits soon afterwards in any case. A
    process that doesn't exist isn't watched: the client runs on another machine or in another container."""
    wait = _waiter(pid)
    if wait is None:
        log.info("the client's process %s doesn't exist here: it is not watched", pid)
        return

    def follow() -> None:
        wait()
        log.warning("the client's process %s has ended", pid)
        with suppress(RuntimeError):
            gone()
        time.sleep(GRACE_SECONDS)
        os._exit(1)

    threading.Thread(target=follow, name="client-watch", daemon=True).start()


def _waiter(pid: int) -> Callable[[], None] | None:
    """A function that returns when the process has ended; None if it doesn't exist."""
    if pid <= 0:
        return None
    if sys.platform == "win32":
        return _windows_waiter(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except (PermissionError, OverflowError) as error:
        if isinstance(error, OverflowError):
            return None
    with suppress(AttributeError, OSError):
        # Linux. Unlike polling, this also notices a zombie (a process that ended but wasn't waited for).
        handle = os.pidfd_open(pid)
        return lambda: _readable(handle)
    return lambda: _poll(pid)


def _readable(handle: int) -> None:
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    poll.poll()


def _poll(pid: int) -> None:
    with suppress(ProcessLookupError):
        while True:
            with suppress(PermissionError):
                os.kill(pid, 0)
            time.sleep(POLL_SECONDS)


def _windows_waiter(pid: int) -> Callable[[], None] | None:
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]
    synchronize, forever = 0x100000, -1
    handle = kernel.OpenProcess(synchronize, False, pid)
    return (lambda: kernel.WaitForSingleObject(handle, forever)) if handle else None
