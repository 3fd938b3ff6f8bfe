"""OpenAI-compatible servers over httpx and SSE: vLLM, TGI, llama-server, LM Studio, and our embedded child."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from postil.core.request import ChatRequest, Delta, InfillRequest, Request
from postil.engine.base import (
    EngineError,
    EngineFacts,
    EngineRefused,
    EngineUnavailable,
    ModelInfo,
    ModelMissing,
    StreamBroken,
    TimeOuts,
)
from postil.engine.hosts import address_of, tls_hint
from postil.engine.openai.answer import Echo, as_object, chat_deltas, infill_delta, message_of, whole_number
from postil.engine.openai.request import Dialect, chat_body, infill_body
from postil.engine.openai.slots import Slots
from postil.engine.openai.sse import EventParser, EventTooLong
from postil.engine.stream.redact import Redactor
from postil.engine.stream.timeouts import most_tokens, with_timeouts
from postil.logs import HIDDEN

if TYPE_CHECKING:
    import httpx

_START = "Start it, or set openai.base_url in your user settings right."
_SET_URL = "set openai.base_url in your user settings right."
RETRY = "Save again to retry; its own log says why."


class OpenAICompatEngine:
    """One server. `dialect` "llama.cpp" adds its infill, its timings and its cache option, and `slots` is how many
    requests it answers at once, where that is known. `step`: what is to be done when it doesn't answer."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        timeouts: TimeOuts | None = None,
        dialect: Dialect = "openai",
        name: str = "openai",
        slots: int = 1,
        step: str = _START,
        *,
        allow_http: bool = False,
    ) -> None:
        self._address = address_of(base_url.rstrip("/").removesuffix("/v1"), "openai.base_url", allow_http=allow_http)
        # For people: without a password that the address may hold.
        self._url = self._address.shown
        self._outbound = Redactor(lambda: self._address)
        self._key = api_key
        self._limits = timeouts or TimeOuts()
        self._dialect = dialect
        self._name = name
        self._slots = Slots(slots)
        self._step = step
        self._http: httpx.AsyncClient | None = None

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            import httpx

            from postil.engine.stream.limits import HEADERS, bound

            if self._key and not (self._key.isascii() and self._key.isprintable()):
                raise EngineRefused(
                    "The key has characters that no key has: set the variable that openai.api_key_env names right."
                )
            headers = HEADERS | ({"Authorization": f"Bearer {self._key}"} if self._key else {})
            try:
                # The time-outs of a stream are kept by with_timeouts; httpx only bounds the connection. A proxy
                # from the environment must never see requests to this machine.
                self._http = httpx.AsyncClient(
                    base_url=self._address.url,
                    headers=headers,
                    timeout=httpx.Timeout(None, connect=self._limits.connect),
                    trust_env=not self._address.loopback,
                    # A kept connection may be closed by the server in the moment we use it again ("disconnected
                    # without sending a response"); beside a generation a new one costs nothing.
                    limits=httpx.Limits(max_keepalive_connections=0),
                    event_hooks={"response": [bound]},
                )
            except (ValueError, httpx.InvalidURL, ImportError) as error:
                # ImportError: the environment names a proxy of a kind that wants another package.
                raise EngineUnavailable(f"{self._name} at {self._url} can't be asked ({error}): {_SET_URL}") from error
        return self._http

    def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        return self._bounded(request, self._chat)

    def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        return self._bounded(request, self._infill)

    def _bounded(self, request: Request, ask: Callable[[Request], AsyncGenerator[Delta]]) -> AsyncGenerator[Delta]:
        name = f"{self._name} at {self._url}"
        return with_timeouts(self._outbound.sent(request, ask), self._limits, name, most_tokens(request))

    async def _chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        body = chat_body(request, self._dialect)
        stripper = Echo(request.prefill)
        last: Delta | None = None
        async with aclosing(self._events("/v1/chat/completions", body, request)) as events:
            async for event in events:
                for delta in chat_deltas(event):
                    kept = stripper.strip(delta)
                    if last is not None:
                        # The counters come behind the finish; the last delta carries both.
                        last = replace(last, usage=delta.usage or last.usage)
                    elif kept is not None and kept.finish is not None:
                        last = kept
                    elif kept is not None:
                        yield kept
        if last is not None:
            yield last

    async def _infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        if self._dialect != "llama.cpp":
            raise EngineRefused(f"{self._name} at {self._url} has no fill-in-the-middle: use Ollama or embedded.")
        path, body = infill_body(request)
        async with aclosing(self._events(path, body, request)) as events:
            async for event in events:
                yield infill_delta(event)

    async def _events(
        self, path: str, body: dict[str, Any], request: ChatRequest | InfillRequest
    ) -> AsyncGenerator[dict[str, Any]]:
        """The JSON objects of a stream. Closing the generator closes the socket: the server stops."""
        parser = EventParser()
        async with self._sent(path, body, request) as response:
            started = False
            async with aclosing(_bytes_of(response)) as chunks:
                async for chunk in chunks:
                    for data in _fed(parser, chunk, f"{self._name} at {self._url}"):
                        if data == "[DONE]":
                            return
                        event = as_object(data)
                        if event is None:
                            raise StreamBroken(f"{self._name} at {self._url} sent something that isn't JSON. {RETRY}")
                        if "error" in event:
                            raise self._in_stream(event["error"], started)
                        started = started or "prompt_progress" not in event
                        yield event

    @asynccontextmanager
    async def _sent(
        self, path: str, body: dict[str, Any], request: ChatRequest | InfillRequest
    ) -> AsyncIterator[httpx.Response]:
        import httpx

        from postil.engine.stream.limits import Unfit

        client = self._client()
        sent = False
        try:
            with self._slots.taken(request) as slot:
                placed = body if slot is None else body | {"id_slot": slot}
                async with client.stream("POST", path, json=placed) as response:
                    if response.status_code != 200:
                        raise await self._refusal(response, request.model)
                    if response.headers.get("content-type", "").startswith("text/html"):
                        raise EngineRefused(f"What answers at {self._url} is a web page, no model: {_SET_URL}", 200)
                    sent = True
                    yield response
        except Unfit as error:
            message = f"What answers at {self._url} {error}"
            raise StreamBroken(f"{message}. {RETRY}") if sent else EngineRefused(f"{message}: {_SET_URL}") from error
        except httpx.HTTPError as error:
            if sent:
                what = str(error) or type(error).__name__
                raise StreamBroken(f"The connection to {self._name} at {self._url} broke ({what}). {RETRY}") from error
            raise EngineUnavailable(
                f"{self._name} at {self._url} doesn't answer ({type(error).__name__}). {self._step}"
                f"{tls_hint(error, self._address, 'openai')}"
            ) from error

    async def _refusal(self, response: httpx.Response, model: str) -> EngineError:
        told = as_object((await response.aread()).decode("utf-8", "replace"))
        message = message_of(told.get("error", told)) if told else "no reason given"
        # Some say in their refusal which key it was.
        message = message.replace(self._key, HIDDEN) if self._key else message
        status = response.status_code
        if status == 404 and model and "model" in message.lower():
            return ModelMissing(
                f"{self._name} at {self._url} doesn't hold {model} ({message}): name one that it serves in"
                " model.review, or in the persona's FROM.",
                model,
            )
        if status in (401, 403):
            message = "the key is missing or wrong: set the variable that openai.api_key_env names"
        if status in (429, 502, 503, 504):
            return EngineUnavailable(
                f"{self._name} at {self._url} is busy ({status}: {message}). Save again in a moment to retry."
            )
        said = f"{self._name} at {self._url} refused ({status}): {message}. Its own log says more."
        return EngineRefused(said, status)

    def _in_stream(self, error: Any, started: bool) -> EngineError:
        said = message_of(error).replace(self._key, HIDDEN) if self._key else message_of(error)
        message = f"{self._name} at {self._url} failed ({said}). {RETRY}"
        return StreamBroken(message) if started else EngineRefused(message)

    async def facts(self) -> EngineFacts:
        """Asks `/v1/models`."""
        import httpx

        from postil.engine.stream.limits import Unfit

        try:
            # httpx's own limit is for each piece: an answer in single bytes would take as long as it likes.
            async with asyncio.timeout(self._limits.connect):
                response = await self._client().get("/v1/models")
        except Unfit as error:
            raise EngineRefused(f"What answers at {self._url} {error}: {_SET_URL}") from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise EngineUnavailable(
                f"{self._name} at {self._url} doesn't answer ({type(error).__name__}). {self._step}"
                f"{tls_hint(error, self._address, 'openai')}"
            ) from error
        if response.status_code != 200:
            raise await self._refusal(response, "")
        listed = as_object(response.text)
        if listed is None:
            raise EngineRefused(f"What answers at {self._url} lists no models: {_SET_URL}", 200)
        rows = listed.get("data")
        models = tuple(
            ModelInfo(row["id"], context_length=whole_number(row.get("max_model_len")))
            for row in (rows if isinstance(rows, list) else ())
            if isinstance(row, dict) and isinstance(row.get("id"), str)
        )
        native = self._dialect == "llama.cpp"
        return EngineFacts(self._name, self._url, models, infill=native)

    async def aclose(self) -> None:
        if self._http is not None:
            await self._http.aclose()
            self._http = None


async def _bytes_of(response: httpx.Response) -> AsyncGenerator[bytes]:
    async for chunk in response.aiter_bytes():
        yield chunk


def _fed(parser: EventParser, chunk: bytes, name: str) -> list[str]:
    try:
        return parser.feed(chunk)
    except EventTooLong:
        raise StreamBroken(f"{name} sent a line that is longer than any stream of tokens has. {RETRY}") from None
