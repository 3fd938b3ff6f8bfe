"""Work-done progress of the runs, with cancel."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from lsprotocol import types

from postil.core.text.markdown import told
from postil.service.review.run import Run

if TYPE_CHECKING:
    from pygls.lsp.server import LanguageServer


class RunProgress:
    """One token a run. `create` may take the client a while: what is told before waits, the end included."""

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

        def created(_: object) -> None:
            if id(run) in self._tokens and self._tokens[id(run)] == token:
                self._ready.add(token)
                self._send(
                    token, types.WorkDoneProgressBegin(title="Postil", message=told(_name(run)), cancellable=True)
                )
                self.moved(run)
            else:
                # It was over before the client had answered; it still hears of a beginning and an end.
                self._send(token, types.WorkDoneProgressBegin(title="Postil", cancellable=True))
                self._send(token, types.WorkDoneProgressEnd())

        request = self._server.protocol.send_request_async(
            types.WINDOW_WORK_DONE_PROGRESS_CREATE, types.WorkDoneProgressCreateParams(token=token)
        )
        task = asyncio.ensure_future(request)
        task.add_done_callback(lambda done: None if done.cancelled() or done.exception() else created(done))

    def moved(self, run: Run) -> None:
        token = self._tokens.get(id(run))
        if token in self._ready and run.total:
            message = f"{_name(run)}: {run.current} ({min(run.done + 1, run.total)}/{run.total})"
            share = int(100 * run.done / run.total)
            self._send(token, types.WorkDoneProgressReport(message=told(message), percentage=share, cancellable=True))

    def ended(self, run: Run) -> None:
        token = self._tokens.pop(id(run), None)
        if token in self._ready:
            self._ready.discard(token)
            self._send(token, types.WorkDoneProgressEnd())
        self._uris.pop(token or "", None)

    def cancelled(self, token: str | int) -> None:
        """The user pressed cancel."""
        uri = self._uris.get(str(token))
        if uri is not None:
            self._cancel(uri)

    def _send(self, token: str, value: object) -> None:
        self._server.protocol.notify(types.PROGRESS, types.ProgressParams(token=token, value=value))


def _name(run: Run) -> str:
    return run.path.replace("\\", "/").rpartition("/")[2]
