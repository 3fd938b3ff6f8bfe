"""Cancellable work-done progress, for reviews and for tasks that the user starts (a pull, a push)."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from postil.core.text.markdown import without_links
from postil.engine.base import Progress
from postil.service.review.document_run import Run

# Minimum seconds between two reports of a task: Ollama reports a step every few hundred kilobytes.
INTERVAL = 0.1


def _send(server: LanguageServer, token: str, value: object) -> None:
    server.protocol.notify(types.PROGRESS, types.ProgressParams(token=token, value=value))


class RunProgress:
    """Progress of reviews, one token per run. Nothing, not even the end, is sent before the client answers `create`."""

    def __init__(self, server: LanguageServer, cancel: Callable[[str], None]) -> None:
        self._server = server
        self._cancel = cancel
        self._tokens: dict[int, str] = {}
        self._ready: set[str] = set()
        self._uris: dict[str, str] = {}

    def began(self, run: Run) -> None:
        token = str(uuid.uuid4())
        self._tokens[id(run)] = token
        self._uris[token] = run.uri

        def created(done: asyncio.Future[None]) -> None:
            if done.cancelled() or done.exception():
                return
            begin = types.WorkDoneProgressBegin(title="Postil", message=without_links(_name(run)), cancellable=True)
            _send(self._server, token, begin)
            if self._tokens.get(id(run)) == token:
                self._ready.add(token)
                self.moved(run)
            else:
                # The run ended before the client answered. Send the end too, so that the progress doesn't stay open.
                _send(self._server, token, types.WorkDoneProgressEnd())

        request = self._server.window_work_done_progress_create_async(types.WorkDoneProgressCreateParams(token=token))
        asyncio.ensure_future(request).add_done_callback(created)

    def moved(self, run: Run) -> None:
        token = self._tokens.get(id(run), "")
        if token in self._ready and run.total:
            message = f"{_name(run)}: {run.current} ({min(run.done + 1, run.total)}/{run.total})"
            share = int(100 * run.done / run.total)
            report = types.WorkDoneProgressReport(message=without_links(message), percentage=share, cancellable=True)
            _send(self._server, token, report)

    def ended(self, run: Run) -> None:
        token = self._tokens.pop(id(run), "")
        if token in self._ready:
            self._ready.discard(token)
            _send(self._server, token, types.WorkDoneProgressEnd())
        self._uris.pop(token, None)

    def cancelled(self, token: str | int) -> None:
        """The user has cancelled a review."""
        uri = self._uris.get(str(token))
        if uri is not None:
            self._cancel(uri)


def _name(run: Run) -> str:
    return run.path.replace("\\", "/").rpartition("/")[2]


class TaskProgress:
    """Runs the user's tasks with progress; without it if the client doesn't support it (`enabled`)."""

    def __init__(self, server: LanguageServer, *, enabled: bool) -> None:
        self._server = server
        self._enabled = enabled
        self._cancels: dict[str, Callable[[], None]] = {}

    def cancel(self, token: str | int) -> bool:
        """The user has cancelled. False if the token isn't a task's."""
        cancel = self._cancels.get(str(token))
        if cancel is not None:
            cancel()
        return cancel is not None

    async def run(self, title: str, steps: AsyncGenerator[Progress]) -> bool:
        """See LspClient.with_progress."""
        token = await self._created()
        work = asyncio.ensure_future(self._shown(token, title, steps))
        cancelled = False

        def cancel() -> None:
            nonlocal cancelled
            cancelled = True
            work.cancel()

        if token is not None:
            self._cancels[token] = cancel
        try:
            await work
            return True
        except asyncio.CancelledError:
            if cancelled:
                return False
            raise
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            if token is not None:
                self._cancels.pop(token, None)
                _send(self._server, token, types.WorkDoneProgressEnd())

    async def _created(self) -> str | None:
        if not self._enabled:
            return None
        token = str(uuid.uuid4())
        try:
            await self._server.window_work_done_progress_create_async(types.WorkDoneProgressCreateParams(token=token))
        except JsonRpcException:
            return None
        return token

    async def _shown(self, token: str | None, title: str, steps: AsyncGenerator[Progress]) -> None:
        loop = asyncio.get_running_loop()
        if token is not None:
            begin = types.WorkDoneProgressBegin(title=without_links(title), cancellable=True, percentage=0)
            _send(self._server, token, begin)
        last, what = -INTERVAL, ""
        async with aclosing(steps):
            async for step in steps:
                if token is None or (step.what == what and loop.time() - last < INTERVAL):
                    continue
                last, what = loop.time(), step.what
                share = int(100 * step.done_bytes / step.total_bytes) if step.done_bytes and step.total_bytes else None
                message = without_links(_step_message(step, title))
                report = types.WorkDoneProgressReport(message=message, percentage=share, cancellable=True)
                _send(self._server, token, report)


def _step_message(step: Progress, title: str) -> str:
    # Leave out a name that is already in the title.
    name, _, rest = step.what.partition(": ")
    what = rest if rest and title.endswith(name) else step.what
    if not step.total_bytes:
        return what
    return f"{what} ({_megabytes(step.done_bytes or 0)} of {_megabytes(step.total_bytes)} MB)"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f}"
