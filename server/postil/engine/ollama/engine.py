"""Ollama as an engine, through the `ollama` package's AsyncClient."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from typing import TypeAlias

import httpx
import ollama

from postil.core.agent.tool import ToolCall
from postil.core.exchanges.kept import Exchange, Exchanges
from postil.core.models.observed import Observed
from postil.core.request import (
    Alternative,
    ChatRequest,
    Delta,
    Embeddings,
    EmbedRequest,
    InfillRequest,
    TokenProb,
    Usage,
)
from postil.core.text.plain import one_line
from postil.engine.base import (
    EngineError,
    EngineFacts,
    EngineRefused,
    EngineUnavailable,
    ModelInfo,
    ModelMissing,
    OutOfMemory,
    StreamBroken,
    TimeOuts,
)
from postil.engine.dialect.attempts import Attempts, ServerRefusal
from postil.engine.dialect.finish import finish_of
from postil.engine.dialect.observations import Observations
from postil.engine.dialect.refused import MAY_REFUSE
from postil.engine.hosts import Address
from postil.engine.json_values import JsonObject, count_in, logprob_in, parse_object
from postil.engine.keys import OllamaKey
from postil.engine.network import transport
from postil.engine.network.access import OllamaAccess
from postil.engine.ollama.client import (
    chat_part,
    generate_part,
    get,
    http_client,
    keep_alive_value,
    named_by_user,
    no_answer,
    ollama_address,
    open_client,
    post,
    post_stream,
    post_whole,
)
from postil.engine.ollama.models import SHOW, TAGS, Describer, is_elsewhere, listed_models
from postil.engine.ollama.plan import EMBED, Attempt, Plan
from postil.engine.openai.answer import MAX_ERROR_TEXT
from postil.engine.out_of_memory import ran_out
from postil.engine.stream import http_limits
from postil.engine.stream.guard import guarded_stream
from postil.engine.stream.redact import Redactor
from postil.engine.stream.vectors import RawVectors, guarded_vectors
from postil.logs import redacted

# Quoted: the package is executed at its first use only.
Part: TypeAlias = "ollama.ChatResponse | ollama.GenerateResponse"

NANOSECOND = 1e-9
RETRY = "Save again to retry; Ollama's own log says why."
# `/api/show` reads the head of the weights, perhaps from a disk that has to wake up.
SHOW_SECONDS = 10.0


@dataclass(slots=True)
class _Progress:
    """Whether the first part of an answer has come."""

    started: bool = False


class OllamaEngine:
    """One Ollama. `host` None = OLLAMA_HOST, else http://127.0.0.1:11434."""

    def __init__(
        self,
        host: str | None = None,
        timeouts: TimeOuts | None = None,
        keep_alive: str | None = None,
        *,
        allow_http: bool = False,
        access: OllamaAccess | None = None,
    ) -> None:
        self._host = host
        self._access = access or OllamaAccess()
        self._key: OllamaKey | None = None
        self._allow_http = allow_http
        self._redactor = Redactor(self._where, is_elsewhere)
        self._limits = timeouts or TimeOuts()
        self._observations = Observations()
        self._exchanges = Exchanges(time.time)
        self._plan = Plan(self._observations, self._ask, keep_alive_value(keep_alive))
        self._opened: ollama.AsyncClient | None = None
        self._describer = Describer()

    def exchanges(self) -> tuple[Exchange, ...]:
        return self._exchanges.latest

    def observed(self, model: str) -> Observed:
        return self._observations.of(model)

    def _where(self) -> Address:
        return ollama_address(self._host, self._allow_http)

    def _client(self) -> ollama.AsyncClient:
        if self._opened is None:
            # The time-outs of a stream are kept by guarded_stream; httpx only limits the connection.
            address = self._where()
            self._key = OllamaKey(address, self._access.keys, named=named_by_user(self._host))
            self._opened = open_client(address, self._limits.connect, self._access, self._key)
        return self._opened

    @property
    def address(self) -> str:
        """The base URL, without the password that it may hold."""
        return self._where().shown

    def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        return guarded_stream(
            request,
            lambda sent: aclosing(self._deltas(sent, lambda left_out: self._plan.chat(sent, left_out))),
            self._redactor,
            self._limits,
            f"Ollama at {self.address}",
            self._observations,
            self._exchanges,
        )

    def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        if request.fim is None:
            # Ollama's own frame has no place for pieces of other files.
            request = replace(request, snippets=())
        return guarded_stream(
            request,
            lambda sent: aclosing(self._deltas(sent, lambda left_out: self._plan.infill(sent, left_out))),
            self._redactor,
            self._limits,
            f"Ollama at {self.address}",
            self._observations,
            self._exchanges,
        )

    async def embed(self, request: EmbedRequest) -> Embeddings:
        name = f"Ollama at {self.address}"
        return await guarded_vectors(request, self._vectors, self._redactor, self._limits, name)

    async def _vectors(self, request: EmbedRequest) -> RawVectors:
        attempts = Attempts(self._observations, f"Ollama at {self.address}", request.model)
        while True:
            body = self._plan.embed(request, attempts.left_out)
            try:
                with self._engine_errors(request.model) as progress:
                    text = await post_whole(self._client(), EMBED, body)
                    # Whoever begins an object speaks the API.
                    progress.started = text.lstrip().startswith("{")
                    answer = parse_object(text)
                    if answer is None:
                        raise ValueError("the answer isn't a JSON object")
                attempts.accepted()
                return RawVectors(answer.get("embeddings"), answer.get("prompt_eval_count"))
            except ServerRefusal as refusal:
                attempts.again(refusal, body, begun=False)

    async def _deltas(
        self, request: ChatRequest | InfillRequest, plan: Callable[[frozenset[str]], Awaitable[Attempt]]
    ) -> AsyncGenerator[Delta]:
        """Closing the generator closes the connection, and Ollama stops."""
        attempts = Attempts(self._observations, f"Ollama at {self.address}", request.model)
        while True:
            tried = await plan(attempts.left_out)
            calls: list[ToolCall] = []
            try:
                with self._engine_errors(request.model) as progress:
                    async with aclosing(await self._send(tried)) as parts:
                        async for part in parts:
                            if not progress.started:
                                progress.started = True
                                attempts.accepted()
                                if tried.anew:
                                    yield Delta(anew=True)
                            calls += _calls(part, len(calls))
                            yield replace(_delta(part), calls=tuple(calls))
                return
            except ServerRefusal as refusal:
                attempts.again(refusal, tried.body, begun=tried.begun)

    async def _send(self, tried: Attempt) -> AsyncGenerator[Part]:
        if tried.path == "/api/chat":
            return await post_stream(self._client(), chat_part, tried.path, tried.body)
        return await post_stream(self._client(), generate_part, tried.path, tried.body)

    async def _ask(self, path: str, body: JsonObject) -> JsonObject | None:
        """The answer to a question about a model; None when Ollama refuses it, or answers something else."""
        try:
            with self._engine_errors(str(body.get("model") or "")):
                try:
                    return await post(self._client(), path, body)
                except ValueError:
                    return None
        except (ServerRefusal, EngineRefused) as error:
            if isinstance(error, OutOfMemory):
                raise
            return None

    @contextmanager
    def _engine_errors(self, model: str) -> Generator[_Progress]:
        """Errors of the package as the engine's."""
        progress = _Progress()
        try:
            yield progress
        except EngineError:
            raise
        except transport.Unreachable as error:
            raise EngineUnavailable(f"Ollama at {self.address} can't be reached. {error}") from error
        except (ConnectionError, TimeoutError, httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise EngineUnavailable(no_answer(self._where()), nobody_there=True) from error
        except http_limits.BadAnswer as error:
            if progress.started:
                raise StreamBroken(f"What answers at {self.address} {error}. {RETRY}") from error
            raise self._not_ollama(f"What answers at {self.address} {error}") from error
        except httpx.HTTPError as error:
            what = str(error) or type(error).__name__
            if progress.started:
                raise StreamBroken(f"The connection to Ollama at {self.address} broke ({what}). {RETRY}") from error
            raise EngineUnavailable(f"Ollama at {self.address} hung up before it answered ({what}). {RETRY}") from error
        except ollama.ResponseError as error:
            refused = self._refusal(error, model, progress.started)
            if model and isinstance(refused, EngineRefused) and refused.status in MAY_REFUSE:
                raise ServerRefusal(refused, str(error.error)) from error
            raise refused from error
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            # What the package raises for an answer that isn't JSON, or has another shape (pydantic's are ValueErrors).
            if progress.started:
                raise StreamBroken(f"Ollama at {self.address} sent an answer that can't be read. {RETRY}") from error
            raise self._not_ollama() from error

    def _not_ollama(self, why: str = "") -> EngineError:
        why = why or f"What answers at {self.address} is not Ollama"
        return EngineUnavailable(f"{why}: set ollama.host or OLLAMA_HOST right.")

    def _refusal(self, error: ollama.ResponseError, model: str, started: bool) -> EngineError:
        # The error may be a page of HTML.
        reason = one_line(redacted(str(error.error)))[:MAX_ERROR_TEXT]
        if error.status_code in (401, 403) and not started and self._key is not None:
            return self._key.refusal(f"Ollama at {self.address}", error.status_code, reason, model)
        if error.status_code == 404:
            if not model:
                return self._not_ollama()
            return ModelMissing(
                f"Ollama at {self.address} doesn't hold {model}. Get it with: postil models pull {model}", model
            )
        if started:
            return StreamBroken(f"Ollama at {self.address} failed ({reason}). {RETRY}")
        if error.status_code in (429, 502, 503, 504):
            return EngineUnavailable(
                f"Ollama at {self.address} is busy ({error.status_code}: {reason}). Save again in a moment to retry."
            )
        if model and ran_out(reason):
            return OutOfMemory(
                f"Ollama at {self.address} has not the memory for {model} ({reason}). Name a smaller model"
                " (model.review, model.completion; `postil doctor` proposes one) or lower num_ctx.",
                error.status_code,
                model,
            )
        what = f"to run {model}" if model else "to list its models"
        return EngineRefused(
            f"Ollama at {self.address} refused {what}: {reason}. Its own log says more.", error.status_code
        )

    async def facts(self) -> EngineFacts:
        """Lists the models: a quick request that shows that Ollama answers."""
        client = self._client()
        with self._engine_errors(""):
            # The client's own limit is for connecting; a server that accepts and is silent must not hold us up.
            async with asyncio.timeout(self._limits.connect):
                listed = listed_models(await get(client, TAGS))
        return EngineFacts("ollama", self.address, self._observations.listed(listed))

    async def describe(self, model: ModelInfo) -> ModelInfo:
        """Requests `/api/show`, once for each digest."""
        return self._observations.completed(await self._describer.describe(self.address, model, self._show))

    async def _show(self, name: str) -> JsonObject:
        try:
            with self._engine_errors(name):
                async with asyncio.timeout(SHOW_SECONDS):
                    return await post(self._client(), SHOW, {"model": name})
        except ServerRefusal as refusal:
            raise refusal.error from refusal

    async def aclose(self) -> None:
        if self._opened is not None:
            await http_client(self._opened).aclose()
            self._opened = None


def _calls(part: Part, before: int) -> list[ToolCall]:
    """Ollama sends each call whole, and gives it no id."""
    found = part.message.tool_calls if isinstance(part, ollama.ChatResponse) else None
    return [
        ToolCall(
            f"call_{number}", one.function.name, json.dumps(one.function.arguments, ensure_ascii=False, default=str)
        )
        for number, one in enumerate(found or (), before)
    ]


def _delta(part: Part) -> Delta:
    chat = isinstance(part, ollama.ChatResponse)
    text = (part.message.content if chat else part.response) or ""
    thinking = (part.message.thinking if chat else part.thinking) or ""
    # Those of a thought are no part of the answer.
    rows = () if thinking else part.logprobs or ()
    tokens = tuple(
        TokenProb(
            row.token,
            logprob_in(row.logprob),
            tuple(Alternative(other.token, logprob_in(other.logprob)) for other in row.top_logprobs or ()),
        )
        for row in rows
    )
    if not part.done:
        return Delta(text, tokens, thinking=thinking)
    return Delta(text, tokens, finish_of(part.done_reason), _usage(part), thinking)


def _usage(part: Part) -> Usage:
    """Ollama's `prompt_eval_count` counts the whole prompt, cached tokens included; how many were cached it doesn't
    say. Durations are in nanoseconds."""
    return Usage(
        count_in(part.prompt_eval_count) or 0,
        count_in(part.eval_count) or 0,
        None,
        (count_in(part.prompt_eval_duration) or 0) * NANOSECOND,
        (count_in(part.eval_duration) or 0) * NANOSECOND,
    )
