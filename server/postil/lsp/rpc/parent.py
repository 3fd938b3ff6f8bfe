"""The client's process, which ends ours with it: its pipes may be held open by others (LSP's `processId`)."""

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

# Where a process can't be waited for: as often as is needed to be gone within a second.
POLL_SECONDS = 0.5
# The loop may be stuck in a write to a pipe that nobody reads any more.
GRACE_SECONDS = 0.9


def watch(pid: int, gone: Callable[[], None]) -> None:
    """`gone` is called, on a thread of ours, when that process has ended; the process ends soon after in any case. A
    process that isn't here is not watched: its client lives on another machine or in another container."""
    wait = _waiter(pid)
    if wait is None:
        log.info("the client's process %s isn't here: it is not watched", pid)
        return

    def follow() -> None:
        wait()
        log.warning("the client's process %s is gone", pid)
        with suppress(RuntimeError):
            gone()
        time.sleep(GRACE_SECONDS)
        os._exit(1)

    threading.Thread(target=follow, name="client-watch", daemon=True).start()


def _waiter(pid: int) -> Callable[[], None] | None:
    """What returns when the process has ended; None where there is none of this number."""
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
        # Linux: it tells of a process that nobody has waited for, too.
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
