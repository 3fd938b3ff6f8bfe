"""LSP's rules for JSON-RPC on top of pygls: every request is answered exactly once, even an invalid or untimely one.

pygls 2.1.1 doesn't answer requests that it can't parse or that arrive after `shutdown`, and accepts all messages before
`initialize`. It never frees the futures of notifications (2 KB per keystroke). The overrides here correct only that.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from typing import Any, Literal, Protocol, cast

from cattrs import transform_error
from lsprotocol import types
from pygls.exceptions import (
    FeatureNotificationError,
    FeatureRequestError,
    JsonRpcException,
    JsonRpcInternalError,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcMethodNotFound,
    JsonRpcParseError,
    JsonRpcRequestCancelled,
    JsonRpcServerNotInitialized,
)
from pygls.protocol import (
    JsonRPCNotification,
    JsonRPCRequestMessage,
    JsonRPCResponseMessage,
    LanguageServerProtocol,
)

from postil.core.text import markdown

log = logging.getLogger(__name__)

_VERSION = "2.0"
# `Internal error` in JSON-RPC.
INTERNAL_ERROR = -32603
# Characters of invalid input in a log line or an error message.
_QUOTED = 200


class Host(Protocol):
    """The methods of the server that this module calls."""

    def leave(self, code: int) -> None: ...

    def notification_refused(self, method: str, uri: str | None) -> None: ...

    def report_server_error(self, error: BaseException, source: object) -> None: ...


class Messages(LanguageServerProtocol):
    """`phase`: `new` until `initialize` has succeeded, then `open`, and `shut` after `shutdown` (see rpc/protocol)."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.phase: Literal["new", "open", "shut"] = "new"
        self._sending: set[asyncio.Future[Any]] = set()

    @property
    def server(self) -> Host:
        return cast("Host", self._server)

    # -- incoming messages

    def take(self, body: bytes | str) -> None:
        """Handle one message of the client."""
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as error:
            self.refuse(f"this is no JSON: {error}"[:_QUOTED])
            return
        try:
            self.handle_message(message)
        except Exception as error:  # noqa: BLE001
            # An internal error must not affect the next message.
            self.server.report_server_error(error, FeatureNotificationError)

    def refuse(self, why: str) -> None:
        """Answer a message that can't be parsed, so that its id isn't known."""
        log.warning("a message of the client can't be parsed: %s", why)
        self._answer_error(None, JsonRpcParseError(why))

    def structure_message(self, data: dict[str, Any]) -> dict[str, Any]:
        # pygls calls this for every object inside a message. Here `handle_message` converts whole messages.
        return data

    def handle_message(self, message: object) -> None:
        if not isinstance(message, dict):
            self._invalid(None, "a message is one JSON object (LSP has no batches)")
            return
        message = cast("dict[str, Any]", message)
        number, method = message.get("id"), message.get("method")
        good_id = isinstance(number, int | str) and not isinstance(number, bool)
        if "id" in message and not good_id and (number is not None or "method" in message):
            self._invalid(None, "an id is a number or a string")
        elif message.get("jsonrpc") != _VERSION:
            self._invalid(number, 'the field "jsonrpc" must be "2.0"')
        elif "method" not in message:
            self._response(message)
        elif not isinstance(method, str):
            self._invalid(number, "a method is a string")
        elif (error := self._untimely(method, request="id" in message)) is not None:
            if "id" in message:
                self._answer_error(number, error)
            else:
                log.warning("%s: %s", method[:_QUOTED], error)
        else:
            self._dispatch(message, method)

    def _invalid(self, number: Any, why: str) -> None:
        log.warning("an invalid message of the client: %s", why)
        self._answer_error(number, JsonRpcInvalidRequest(why))

    def _untimely(self, method: str, *, request: bool) -> JsonRpcException | None:
        """The error for a message that isn't allowed in this phase."""
        if method == types.EXIT:
            return None
        if self.phase == "new" and method != types.INITIALIZE:
            return JsonRpcServerNotInitialized("the first request must be `initialize`")
        if self.phase == "open" and method == types.INITIALIZE and request:
            return JsonRpcInvalidRequest("`initialize` has been answered already")
        if self.phase == "shut":
            return JsonRpcInvalidRequest("the server was shut down: only `exit` may follow")
        return None

    @property
    def tables(self) -> tuple[dict[str, Callable[..., Any]], dict[str, Callable[..., Any]]]:
        """Handlers by method: pygls' own ones, which call Postil's, and Postil's."""
        features: Any = self.fm
        return features.builtin_features, features.features

    def feature_of(self, method: str) -> Callable[..., Any] | None:
        return self.tables[1].get(method)

    def handler_of(self, method: str) -> Callable[..., Any] | None:
        return self.tables[0].get(method) or self.feature_of(method)

    def _dispatch(self, message: dict[str, Any], method: str) -> None:
        request = "id" in message
        handler = self.handler_of(method)
        if handler is None and method != types.CANCEL_REQUEST:
            log.warning("unknown method: %s", method[:_QUOTED])
            if request:
                self._answer_error(message["id"], JsonRpcMethodNotFound(f"there is no method {method[:_QUOTED]!r}"))
            return
        known = self.get_message_type(method)
        if known is not None and ("id" in {field.name for field in known.__attrs_attrs__}) != request:
            if request:
                self._invalid(message["id"], f"{method} is a notification: it has no id")
            else:
                log.warning("%s is a request: without an id it can't be answered", method)
            return
        try:
            kind = known or (JsonRPCRequestMessage if request else JsonRPCNotification)
            # Drops unknown fields. JSON-RPC allows a client to omit `params`.
            fields = {"jsonrpc": _VERSION, "method": method, "params": message.get("params")}
            taken = self._structured(fields | ({"id": message["id"]} if request else {}), kind)
        except JsonRpcInvalidParams as error:
            log.warning("%s: %s", method, error)
            if request:
                self._answer_error(message["id"], error)
            else:
                self.server.notification_refused(method, _uri_in(message.get("params")))
            return
        # As in pygls, the handler reads the request's id from a context variable.
        if request:
            assert handler is not None, "only $/cancelRequest has no handler, and it is a notification"
            copy_context().run(self._run_request, message["id"], handler, taken.params)
        elif method == types.CANCEL_REQUEST:
            number = taken.params.id
            if isinstance(number, int | str) and number not in self._result_types:
                self._handle_cancel_notification(number)
        else:
            copy_context().run(self._handle_notification, method, taken.params)

    def _run_request(self, number: int | str, handler: Callable[..., Any], params: Any) -> None:
        self._ctx_msg_id.set(number)
        done = partial(self._send_handler_result, msg_id=number)
        self._execute_handler(number, handler, done, (params,))

    def _structured(self, message: dict[str, Any], kind: type) -> Any:
        """The message as a value of its type. Raises JsonRpcInvalidParams."""
        try:
            return cast("Any", self._converter.structure(message, kind))
        except Exception as error:
            raise JsonRpcInvalidParams(_why(error)) from error

    def _response(self, message: dict[str, Any]) -> None:
        """Handle a response of the client. A malformed one fails the waiting request, which would wait forever."""
        number, error = cast("int | str", message.get("id")), message.get("error")
        # pygls keeps the client's requests in the same table, so check that the id belongs to a request of the server.
        is_ours = number in self._result_types
        kind: type = self._result_types.pop(number, None) or JsonRPCResponseMessage
        future = self._request_futures.pop(number, None) if is_ours else None
        if future is None or future.done():
            log.warning("a response without a request")
        elif error is not None:
            known = cast("dict[str, object]", error) if isinstance(error, dict) else {}
            code, why = known.get("code"), str(known.get("message", ""))
            valid_code = code if isinstance(code, int) and not isinstance(code, bool) else INTERNAL_ERROR
            future.set_exception(JsonRpcException(why or "the client refused", valid_code))
        else:
            try:
                fields = {"jsonrpc": _VERSION, "id": number, "result": message.get("result")}
                future.set_result(self._structured(fields, kind).result)
            except JsonRpcInvalidParams as invalid:
                log.warning("a response of the client can't be parsed: %s", invalid)
                future.set_exception(invalid)

    # -- handlers

    def _execute_handler(
        self,
        msg_id: int | str,
        handler: Callable[..., Any],
        callback: Callable[[Future[Any]], None],
        args: tuple[Any, ...] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        def done(future: Future[Any]) -> None:
            # pygls frees only the futures of requests. Each future keeps its parameters alive.
            self._request_futures.pop(msg_id, None)
            callback(future)

        super()._execute_handler(msg_id, handler, done, args, kwargs)
        # A command runs in its own future inside the request: cancelling the request must cancel that one too.
        outer: Future[Any] | None = callback.keywords.get("result_future") if isinstance(callback, partial) else None
        inner = self._request_futures.get(msg_id)
        if outer is not None and inner is not None:

            def over(future: Future[Any]) -> None:
                if future.cancelled():
                    inner.cancel()

            outer.add_done_callback(over)

    def _run_generator(self, future: Any, *, gen: Generator[Any, Any, Any], result_future: Future[Any]) -> None:
        if future is not None and future.cancelled():
            # The request was cancelled and already answered, or the server is ending.
            result_future.cancel()
            return
        super()._run_generator(future, gen=gen, result_future=result_future)

    # -- outgoing messages

    def _send_handler_result(self, future: Future[Any], *, msg_id: int | str) -> None:
        if future.cancelled():
            self._answer_error(msg_id, JsonRpcRequestCancelled("the request was cancelled"))
            return
        error = future.exception()
        if error is None:
            self._answer(msg_id, future.result())
        elif isinstance(error, JsonRpcException):
            log.info("answered with an error: %s", error)
            self._answer_error(msg_id, error)
        else:
            self._answer_error(msg_id, _internal(error))
            self.server.report_server_error(error, FeatureRequestError)

    def _check_handler_result(self, future: Future[Any]) -> None:
        """The end of a notification's handler, which sends no response."""
        if not future.cancelled() and (error := future.exception()) is not None:
            self.server.report_server_error(error, FeatureNotificationError)

    def _answer(self, number: int | str, result: Any) -> None:
        try:
            body = self._written(JsonRPCResponseMessage(number, _VERSION, result))
        except Exception as error:
            log.error("a response can't be serialized", exc_info=error)
            self._answer_error(number, _internal(error))
        else:
            self._send_body(body)

    def _answer_error(self, number: int | str | None, error: JsonRpcException) -> None:
        # Editors show the message in a box. It may contain a function's name, which is untrusted.
        details = {"code": error.code, "message": markdown.without_links(error.message)}
        self._send_body(json.dumps({"jsonrpc": _VERSION, "id": number, "error": details}))

    def _send_data(self, data: Any) -> None:
        """Send a request or notification of the server."""
        self._send_body(self._written(data))

    def _written(self, data: Any) -> str:
        return json.dumps(data, default=self._serialize_message)

    def _send_body(self, body: str) -> None:
        if self.writer is None:
            return
        head = f"Content-Length: {len(body)}\r\n\r\n" if self._include_headers else ""
        # `json.dumps` escapes everything that isn't ASCII, including lone surrogates.
        sent = self.writer.write((head + body).encode("ascii"))
        if inspect.isawaitable(sent):
            task = asyncio.ensure_future(sent)
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)


def _internal(error: BaseException) -> JsonRpcInternalError:
    return JsonRpcInternalError(f"{type(error).__name__}: {error}"[:_QUOTED])


def _why(error: Exception) -> str:
    """A message that names the invalid fields in a converter's error."""
    if isinstance(error, ExceptionGroup):
        group = cast("ExceptionGroup[Exception]", error)
        return "; ".join(transform_error(group, path="params"))[:_QUOTED].replace("params.params", "params")
    return f"{type(error).__name__}: {error}"[:_QUOTED]


def _uri_in(params: object) -> str | None:
    """The document's or notebook's URI in parameters of unknown shape."""
    given = cast("dict[str, object]", params) if isinstance(params, dict) else {}
    named = given.get("textDocument", given.get("notebookDocument"))
    uri = cast("dict[str, object]", named).get("uri") if isinstance(named, dict) else None
    return uri if isinstance(uri, str) else None
