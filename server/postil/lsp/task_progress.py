"""A long task of the user's (a pull, a push) under a work-done progress, with cancel."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from postil.core.text.markdown import told

if TYPE_CHECKING:
    from postil.engine.download.pull import PullStep
    from postil.lsp.server import PostilServer

# As often as a bar has to move to look alive; Ollama tells a step with every few hundred kilobytes.
INTERVAL = 0.1


async def with_progress(server: PostilServer, title: str, steps: AsyncGenerator[PullStep]) -> bool:
    """Go through all steps and tell them. True at their end, False when the user has cancelled: the generator is closed
    then. Errors of the steps are the caller's. Without progress in the client it goes on in silence."""
    token = await _created(server)
    work = asyncio.ensure_future(_told(server, token, title, steps))
    asked = False

    def cancel() -> None:
        nonlocal asked
        asked = True
        work.cancel()

    if token is not None:
        server.cancels[token] = cancel
    try:
        await work
        return True
    except asyncio.CancelledError:
        if asked:
            return False
        raise
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        if token is not None:
            server.cancels.pop(token, None)
            _send(server, token, types.WorkDoneProgressEnd())


async def _created(server: PostilServer) -> str | None:
    if not server.capabilities.progress:
        return None
    token = str(uuid.uuid4())
    try:
        await server.window_work_done_progress_create_async(types.WorkDoneProgressCreateParams(token=token))
    except JsonRpcException:
        return None
    return token


async def _told(server: PostilServer, token: str | None, title: str, steps: AsyncGenerator[PullStep]) -> None:
    loop = asyncio.get_running_loop()
    if token is not None:
        _send(server, token, types.WorkDoneProgressBegin(title=told(title), cancellable=True, percentage=0))
    last, what = -INTERVAL, ""
    async with aclosing(steps):
        async for step in steps:
            if token is None or (step.what == what and loop.time() - last < INTERVAL):
                continue
            last, what = loop.time(), step.what
            share = int(100 * step.done_bytes / step.total_bytes) if step.done_bytes and step.total_bytes else None
            said = told(_words(step, title))
            report = types.WorkDoneProgressReport(message=said, percentage=share, cancellable=True)
            _send(server, token, report)


def _words(step: PullStep, title: str) -> str:
    # Whose step it is says the title.
    name, _, rest = step.what.partition(": ")
    what = rest if rest and title.endswith(name) else step.what
    if not step.total_bytes:
        return what
    return f"{what} ({_megabytes(step.done_bytes or 0)} of {_megabytes(step.total_bytes)} MB)"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f}"


def _send(server: PostilServer, token: str, value: object) -> None:
    server.protocol.notify(types.PROGRESS, types.ProgressParams(token=token, value=value))
