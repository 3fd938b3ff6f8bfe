"""The arguments of a command, its cancel, and its failures as answers to the request."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

from pygls.exceptions import JsonRpcException, JsonRpcInternalError, JsonRpcInvalidParams

if TYPE_CHECKING:
    from pygls.lsp.server import LanguageServer

# LSP 3.17's `RequestFailed`: the request was right, and it didn't work; clients show the message.
REQUEST_FAILED = -32803


def texts(command: str, given: Sequence[Any], *names: str, optional: int = 0) -> list[str | None]:
    """One text for each name, the last `optional` of them None where nothing is given. pygls counts a parameter with a
    default as one that must be given: handlers take `*given`."""
    values = [*given, *[None] * len(names)][: len(names)]
    for place, (name, value) in enumerate(zip(names, values, strict=True)):
        missing = value is None and place >= len(names) - optional
        if not missing and not (isinstance(value, str) and value.strip()):
            raise JsonRpcInvalidParams(f"{command} takes {', '.join(names)}: {name} is a text")
    return values


def cancellable(server: LanguageServer, handler: Callable[..., Any]) -> Callable[..., Any]:
    """The handler of a command, ended by `$/cancelRequest`: pygls 2.1 then answers, and lets the handler go on."""
    if not asyncio.iscoroutinefunction(handler):
        return handler

    @wraps(handler)
    async def run(*given: Any) -> Any:
        protocol, task = server.protocol, asyncio.current_task()
        answer = protocol._request_futures.get(protocol.msg_id)
        if answer is not None and task is not None:
            answer.add_done_callback(lambda done: task.cancel() if done.cancelled() else None)
        return await handler(*given)

    return run


def on_purpose(error: object) -> bool:
    """Whether it is an answer with the user's next step in it, a cancel, or a client's mistake; not a bug of ours."""
    return isinstance(error, JsonRpcException) and not isinstance(error, JsonRpcInternalError)


def quieten() -> None:
    """pygls writes a traceback for every request that is answered with an error."""

    def bug(record: logging.LogRecord) -> bool:
        return not (record.exc_info and on_purpose(record.exc_info[1]))

    logging.getLogger("pygls.protocol.json_rpc").addFilter(bug)


@contextmanager
def failing() -> Iterator[None]:
    """Errors that the user can do something about, as an answer with their sentence."""
    from postil.engine.base import EngineError
    from postil.service.baseline import BaselineTrouble
    from postil.service.model_stores import WrongUsage
    from postil.service.persona_admin import PersonaTrouble

    try:
        yield
    except (EngineError, WrongUsage, PersonaTrouble, BaselineTrouble) as error:
        raise JsonRpcException(str(error), REQUEST_FAILED) from error
