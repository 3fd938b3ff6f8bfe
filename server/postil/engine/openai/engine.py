"""OpenAI-compatible servers over httpx and SSE: vLLM, TGI, llama-server, LM Studio, and our embedded child."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import cast

import httpx

from postil.core.exchanges.kept import Exchange, Exchanges
from postil.core.models.observed import Observed
from postil.core.request import ChatRequest, Delta, Embeddings, EmbedRequest, InfillRequest
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
from postil.engine.dialect.attempts import Attempts, ServerRefusal
from postil.engine.dialect.observations import Observations
from postil.engine.dialect.refused import MAY_REFUSE, without
from postil.engine.hosts import address_of
from postil.engine.json_values import JsonObject, count_in, object_in, parse_object
from postil.engine.network import transport
from postil.engine.network.access import Access
from postil.engine.openai.answer import error_text
from postil.engine.openai.embeddings import EMBEDDINGS, embed_body, raw_vectors
from postil.engine.openai.models import MODELS, PROPS, Server, detailed, listed_models, server_of, unlisted
from postil.engine.openai.plan import Attempt, Plan
from postil.engine.openai.request import Dialect
from postil.engine.openai.slots import Slots
from postil.engine.openai.sse import EventParser, EventTooLong
from postil.engine.stream import http_limits
from postil.engine.stream.guard import guarded_stream
from postil.engine.stream.redact import Redactor
from postil.engine.stream.vectors import RawVectors, guarded_vectors

log = logging.getLogger(__name__)

_START = "Start it, or set openai.base_url in your user settings right."
_SET_URL = "set openai.base_url in your user settings right."
RETRY = "Save again to retry; its own log says why."
# What a server answers that has no `/v1/models`.
_NO_LIST = (404, 405, 501)


class OpenAICompatEngine:
    """One server. The dialect "llama.cpp" adds infill, timings and cache options; `slots` is how many requests it
    answers at once, where that is known. `step`: what the user should do when it doesn't answer. `observations` are
    kept by the caller where they should outlive this object."""

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
        observations: Observations | None = None,
        access: Access | None = None,
    ) -> None:
        self._access = access or Access("openai.base_url", "openai.allow_http")
        self._address = address_of(_base(base_url), "openai.base_url", allow_http=allow_http)
        # For messages: without the password that the address may hold.
        self._url = self._address.shown
        self._who = f"{name} at {self._url}"
        self._redactor = Redactor(lambda: self._address)
        self._key = api_key
        self._limits = timeouts or TimeOuts()
        self._dialect: Dialect = dialect
        self._name = name
        self._slots = Slots(slots)
        self._step = step
        self._observations = observations or Observations()
        self._exchanges = Exchanges(time.time)
        self._plan = Plan(dialect, self._observations, self._post_whole)
        self._http: httpx.AsyncClient | None = None
        # Of a server of the user's, known with its list of models.
        self._server: Server = "llama.cpp" if dialect == "llama.cpp" else ""
        self._listed: dict[str, ModelInfo] = {}
        self._props: JsonObject | None = None
        self._asking = asyncio.Lock()

    def exchanges(self) -> tuple[Exchange, ...]:
        return self._exchanges.latest

    def observed(self, model: str) -> Observed:
        return self._observations.of(model)

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            if self._key and not (self._key.isascii() and self._key.isprintable()):
                raise EngineRefused(
                    "The key has characters that no key has: set the variable that openai.api_key_env names right."
                )
            headers = http_limits.HEADERS | ({"Authorization": f"Bearer {self._key}"} if self._key else {})
            try:
                # The time-outs of a stream are kept by guarded_stream; httpx only limits the connection.
                self._http = httpx.AsyncClient(
                    base_url=self._address.url,
                    headers=headers,
                    timeout=httpx.Timeout(None, connect=self._limits.connect),
                    # The transport reads the proxies and the authorities of the environment.
                    trust_env=False,
                    # A kept connection may be closed by the server in the moment we use it again ("disconnected
                    # without sending a response"); a new one costs nothing beside a generation.
                    transport=transport.Transport(self._access, httpx.Limits(max_keepalive_connections=0)),
                    event_hooks={"response": [http_limits.check_response]},
                )
            except (ValueError, httpx.InvalidURL) as error:
                raise EngineUnavailable(f"{self._who} can't be asked ({error}): {_SET_URL}") from error
        return self._http

    def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        return guarded_stream(
            request,
            lambda sent: aclosing(self.raw_chat(sent)),
            self._redactor,
            self._limits,
            self._who,
            self._observations,
            self._exchanges,
        )

    def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        return guarded_stream(
            request,
            lambda sent: aclosing(self.raw_infill(sent)),
            self._redactor,
            self._limits,
            self._who,
            self._observations,
            self._exchanges,
        )

    def raw_chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        """The server's own deltas, for a caller that guards them."""
        return self._deltas(request, lambda left_out: self._plan.chat(request, left_out))

    def raw_infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        """As `raw_chat`. EngineRefused where the server has no infill."""
        if self._server != "llama.cpp":
            raise EngineRefused(f"{self._who} has no fill-in-the-middle: use Ollama or embedded.")

        return self._deltas(request, lambda left_out: self._plan.infill(request, left_out))

    async def embed(self, request: EmbedRequest) -> Embeddings:
        return await guarded_vectors(request, self.raw_vectors, self._redactor, self._limits, self._who)

    async def raw_vectors(self, request: EmbedRequest) -> RawVectors:
        """The server's own vectors of one batch, for a caller that guards them. Cancelling it closes the socket."""
        attempts = Attempts(self._observations, self._who, request.model)
        while True:
            body = without(embed_body(request), attempts.left_out)
            try:
                response = await self._whole(EMBEDDINGS, body)
                if response.status_code != 200:
                    raise _may_be_retried(await self._refusal(response, request.model), response.text)
                answer = parse_object(response.text)
                if answer is None:
                    self._no_page(response)
                    raise StreamBroken(f"{self._who} sent something that isn't JSON. {RETRY}")
                attempts.accepted()
                return raw_vectors(answer)
            except ServerRefusal as refusal:
                attempts.again(refusal, body, begun=False)

    async def _deltas(
        self, request: ChatRequest | InfillRequest, plan: Callable[[frozenset[str]], Awaitable[Attempt]]
    ) -> AsyncGenerator[Delta]:
        """Closing the generator closes the socket, and the server stops."""
        attempts = Attempts(self._observations, self._who, request.model)
        while True:
            tried = await plan(attempts.left_out)
            parser = EventParser()
            started = done = False
            try:
                async with self._post(tried, request) as response, aclosing(_bytes_of(response)) as chunks:
                    ended = False
                    while not (done or ended):
                        chunk = await anext(chunks, None)
                        ended = chunk is None
                        for data in parser.finish() if chunk is None else self._events(parser, chunk):
                            if done := data == "[DONE]":
                                break
                            event = self._event(data, started)
                            if not started and "prompt_progress" not in event:
                                started = True
                                attempts.accepted()
                                if tried.anew:
                                    yield Delta(anew=True)
                            for delta in tried.answer.feed(event):
                                yield delta
            except ServerRefusal as refusal:
                attempts.again(refusal, tried.body, begun=tried.begun)
                continue
            for delta in tried.answer.finish(whole=parser.whole):
                yield delta
            return

    def _events(self, parser: EventParser, chunk: bytes) -> list[str]:
        try:
            return parser.feed(chunk)
        except EventTooLong:
            raise StreamBroken(
                f"{self._who} sent a line that is longer than any stream of tokens has. {RETRY}"
            ) from None

    def _event(self, data: str, started: bool) -> JsonObject:
        event = parse_object(data)
        if event is None:
            raise StreamBroken(f"{self._who} sent something that isn't JSON. {RETRY}")
        failed = event.get("error") or (event if event.get("object") == "error" or "detail" in event else None)
        if failed:
            message = f"{self._who} failed ({self._message(failed)}). {RETRY}"
            if started:
                raise StreamBroken(message)
            # vLLM refuses within the stream, with the status in the error.
            error = object_in(failed) or {}
            raise _may_be_retried(EngineRefused(message, count_in(error.get("code"))), data)
        return event

    @asynccontextmanager
    async def _post(self, tried: Attempt, request: ChatRequest | InfillRequest) -> AsyncGenerator[httpx.Response]:
        client = self._client()
        answered = False
        try:
            with self._slots.taken(request) as slot:
                placed = tried.body if slot is None else tried.body | {"id_slot": slot}
                async with client.stream("POST", tried.path, json=placed) as response:
                    if response.status_code != 200:
                        error = await self._refusal(response, request.model)
                        raise _may_be_retried(error, response.text)
                    self._no_page(response)
                    answered = True
                    yield response
        except http_limits.BadAnswer as error:
            message = f"What answers at {self._url} {error}"
            failed = StreamBroken(f"{message}. {RETRY}") if answered else EngineRefused(f"{message}: {_SET_URL}")
            raise failed from error
        except httpx.HTTPError as error:
            if answered:
                what = str(error) or type(error).__name__
                raise StreamBroken(f"The connection to {self._who} broke ({what}). {RETRY}") from error
            raise self._no_answer(error) from error

    def _no_page(self, response: httpx.Response) -> None:
        if response.headers.get("content-type", "").startswith("text/html"):
            raise EngineRefused(f"What answers at {self._url} is a web page, no model: {_SET_URL}", 200)

    async def _post_whole(self, path: str, body: JsonObject) -> tuple[int, str]:
        """Status and text of an answer that isn't a stream of tokens."""
        response = await self._whole(path, body)
        return response.status_code, response.text

    async def _whole(self, path: str, body: JsonObject) -> httpx.Response:
        """An answer that is read to its end."""
        try:
            return await self._client().post(path, json=body)
        except http_limits.BadAnswer as error:
            raise EngineRefused(f"What answers at {self._url} {error}: {_SET_URL}") from error
        except httpx.HTTPError as error:
            raise self._no_answer(error) from error

    def _no_answer(self, error: Exception) -> EngineUnavailable:
        if isinstance(error, transport.Unreachable):
            return EngineUnavailable(f"{self._who} can't be reached. {error}")
        return EngineUnavailable(f"{self._who} doesn't answer ({type(error).__name__}). {self._step}")

    async def _refusal(self, response: httpx.Response, model: str) -> EngineError:
        fields = parse_object((await response.aread()).decode("utf-8", "replace"))
        message = self._message(fields.get("error", fields)) if fields else "no reason given"
        status = response.status_code
        if status == 404 and model and "model" in message.lower():
            return ModelMissing(
                f"{self._who} doesn't hold {model} ({message}): name one that it serves in model.review, or in the"
                " persona's FROM.",
                model,
            )
        if status in (401, 403):
            message = "the key is missing or wrong: set the variable that openai.api_key_env names"
        if status in (429, 502, 503, 504):
            return EngineUnavailable(f"{self._who} is busy ({status}: {message}). Save again in a moment to retry.")
        step = f"Is the address right? Else {_SET_URL}" if status == 404 else "Its own log says more."
        return EngineRefused(f"{self._who} refused ({status}): {message.rstrip('.')}. {step}", status)

    def _message(self, error: object) -> str:
        """The server's message, without the key: some servers repeat it in a refusal."""
        return error_text(error, self._key or "")

    async def facts(self) -> EngineFacts:
        """Requests `/v1/models`. A server without that lists no model; the user may name one."""
        try:
            listed = await self._get(MODELS)
        except EngineRefused as error:
            if error.status not in _NO_LIST:
                raise
            log.info("no list of models: %s", error)
            listed = {}
        if listed is None:
            raise EngineRefused(f"What answers at {self._url} lists no models: {_SET_URL}", 200)
        self._server = server_of(listed) or self._server
        self._plan.renders = self._server == "llama.cpp"
        models = self._observations.listed(listed_models(listed, self._server))
        self._listed = {model.name: model for model in models}
        return EngineFacts(self._name, self._url, models)

    async def describe(self, model: ModelInfo) -> ModelInfo:
        """Requests llama-server's `/props`, once."""
        if self._server != "llama.cpp":
            return self._observations.completed(self._listed.get(model.name) or unlisted(model, self._server))
        async with self._asking:
            if self._props is None:
                try:
                    self._props = await self._get(PROPS) or {}
                except EngineError as error:
                    log.info("no properties of %s: %s", self._who, error)
                    self._props = {}
        return self._observations.completed(detailed(model, self._props))

    async def _get(self, path: str) -> JsonObject | None:
        try:
            # httpx's own limit is for each piece: an answer that comes byte by byte could take for ever.
            async with asyncio.timeout(self._limits.connect):
                response = await self._client().get(path)
        except http_limits.BadAnswer as error:
            raise EngineRefused(f"What answers at {self._url} {error}: {_SET_URL}") from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise self._no_answer(error) from error
        if response.status_code != 200:
            raise await self._refusal(response, "")
        # Together's list is an array.
        text = response.text
        return parse_object(f'{{"data": {text}}}' if text.lstrip().startswith("[") else text)

    async def aclose(self) -> None:
        if self._http is not None:
            await self._http.aclose()
            self._http = None


def _base(url: str) -> str:
    """The address before `/v1`, however much of a path was copied with it."""
    bare = url.rstrip("/")
    for path in ("/chat/completions", "/completions", "/embeddings", "/models"):
        bare = bare.removesuffix(path)
    return bare.removesuffix("/v1")


def _may_be_retried(error: EngineError, answer: str) -> Exception:
    """A refusal that may be about a field, or the error itself."""
    if isinstance(error, EngineRefused) and error.status in MAY_REFUSE:
        return ServerRefusal(error, answer)
    return error


def _bytes_of(response: httpx.Response) -> AsyncGenerator[bytes]:
    """The body's pieces, by an async generator, though httpx doesn't say so."""
    return cast("AsyncGenerator[bytes]", response.aiter_bytes())
