"""Ollama, through the `ollama` package's AsyncClient."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Any

from postil.core.request import (
    Alternative,
    ChatRequest,
    Delta,
    InfillRequest,
    LoadOptions,
    Request,
    Sampling,
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
from postil.engine.hosts import Address, tls_hint
from postil.engine.ollama.client import keep_alive_value, ollama_address, open_client
from postil.engine.openai.answer import SAID, log_probability, whole_number
from postil.engine.options import logprob_options, sampling_options
from postil.engine.out_of_memory import ran_out
from postil.engine.stream.redact import Redactor
from postil.engine.stream.timeouts import most_tokens, with_timeouts

if TYPE_CHECKING:
    from collections.abc import Iterator

    import ollama

NANOSECOND = 1e-9
RETRY = "Save again to retry; Ollama's own log says why."


class OllamaEngine:
    """One Ollama. `host` None = OLLAMA_HOST, else http://127.0.0.1:11434."""

    def __init__(
        self,
        host: str | None = None,
        timeouts: TimeOuts | None = None,
        keep_alive: str | None = None,
        *,
        allow_http: bool = False,
    ) -> None:
        self._host = host
        self._allow_http = allow_http
        self._outbound = Redactor(self._where)
        self._limits = timeouts or TimeOuts()
        self._keep_alive: str | float | None = keep_alive_value(keep_alive)
        self._made: ollama.AsyncClient | None = None

    def _where(self) -> Address:
        return ollama_address(self._host, self._allow_http)

    def _client(self) -> ollama.AsyncClient:
        if self._made is None:
            # The time-outs of a stream are kept by with_timeouts; httpx only bounds the connection.
            self._made = open_client(self._where(), self._limits.connect)
        return self._made

    @property
    def address(self) -> str:
        """The base URL, without a password that it may hold."""
        return self._where().shown

    def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        return self._bounded(request, self._chat)

    def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        return self._bounded(request, self._infill)

    def _bounded(self, request: Request, ask: Callable[[Request], AsyncGenerator[Delta]]) -> AsyncGenerator[Delta]:
        name = f"Ollama at {self.address}"
        return with_timeouts(self._outbound.sent(request, ask), self._limits, name, most_tokens(request))

    async def _chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        messages = [{"role": message.role, "content": message.content} for message in request.messages]
        if request.prefill:
            # Ollama leaves the last assistant's turn open and doesn't repeat it in its answer.
            messages.append({"role": "assistant", "content": request.prefill})
        parts = self._stream(
            request.model,
            "chat",
            messages=messages,
            format=json.loads(request.json_schema) if request.json_schema else None,
            options=_options(request.sampling, request.load),
            **logprob_options(request.top_logprobs),
        )
        async with aclosing(parts):
            async for part in parts:
                yield _delta(part, part.message.content or "")

    async def _infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        parts = self._stream(
            request.model,
            "generate",
            prompt=request.prefix + request.begun,
            # An empty suffix would be no infill at all for Ollama; a line end says "nothing more".
            suffix=request.suffix or "\n",
            options=_options(request.sampling, request.load),
            **logprob_options(request.top_logprobs),
        )
        async with aclosing(parts):
            async for part in parts:
                yield _delta(part, part.response or "")

    async def _stream(self, model: str, verb: str, **arguments: Any) -> AsyncGenerator[Any]:
        call = getattr(self._client(), verb)
        started = False
        with self._mapped(model, lambda: started):
            parts: AsyncIterator[Any] = await call(model=model, stream=True, keep_alive=self._keep_alive, **arguments)
            async with aclosing(parts):
                async for part in parts:
                    started = True
                    yield part

    @contextmanager
    def _mapped(self, model: str, started: Any) -> Iterator[None]:
        import httpx
        import ollama

        from postil.engine.stream.limits import Unfit

        try:
            yield
        except EngineError:
            raise
        except (ConnectionError, TimeoutError, httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise EngineUnavailable(
                f"Ollama at {self.address} doesn't answer. Start it (`ollama serve`), or set engine to embedded."
                f"{tls_hint(error, self._where(), 'ollama')}"
            ) from error
        except Unfit as error:
            if started():
                raise StreamBroken(f"What answers at {self.address} {error}. {RETRY}") from error
            raise self._not_ollama(f"What answers at {self.address} {error}") from error
        except httpx.HTTPError as error:
            what = str(error) or type(error).__name__
            if started():
                raise StreamBroken(f"The connection to Ollama at {self.address} broke ({what}). {RETRY}") from error
            raise EngineUnavailable(f"Ollama at {self.address} hung up before it answered ({what}). {RETRY}") from error
        except ollama.ResponseError as error:
            raise self._refusal(error, model, started()) from error
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            # What the package makes of an answer that isn't JSON, or is of another shape (pydantic's are ValueErrors).
            if started():
                raise StreamBroken(f"Ollama at {self.address} sent what is no answer. {RETRY}") from error
            raise self._not_ollama() from error

    def _not_ollama(self, why: str = "") -> EngineError:
        why = why or f"What answers at {self.address} is not Ollama"
        return EngineUnavailable(f"{why}: set ollama.host or OLLAMA_HOST right.")

    def _refusal(self, error: ollama.ResponseError, model: str, started: bool) -> EngineError:
        # It may be a page of HTML.
        said = one_line(str(error.error))[:SAID]
        if error.status_code == 404:
            if not model:
                return self._not_ollama()
            return ModelMissing(
                f"Ollama at {self.address} doesn't hold {model}. Get it with: postil models pull {model}", model
            )
        if started:
            return StreamBroken(f"Ollama at {self.address} failed ({said}). {RETRY}")
        if error.status_code in (429, 502, 503, 504):
            return EngineUnavailable(
                f"Ollama at {self.address} is busy ({error.status_code}: {said}). Save again in a moment to retry."
            )
        if model and ran_out(said):
            return OutOfMemory(
                f"Ollama at {self.address} has not the memory for {model} ({said}). Name a smaller model"
                " (model.review, model.completion; `postil doctor` proposes one) or lower num_ctx.",
                error.status_code,
                model,
            )
        what = f"to run {model}" if model else "to list its models"
        return EngineRefused(
            f"Ollama at {self.address} refused {what}: {said}. Its own log says more.", error.status_code
        )

    async def facts(self) -> EngineFacts:
        """Asks for the list of models; quick, and the proof that Ollama answers."""
        client = self._client()
        with self._mapped("", lambda: False):
            # The client's own limit is for connecting; something that listens and is silent must not hold us up.
            async with asyncio.timeout(self._limits.connect):
                listed = await client.list()
        models = tuple(
            ModelInfo(
                row.model,
                size=int(row.size) if row.size is not None else None,
                digest=row.digest,
                modified=row.modified_at.isoformat() if row.modified_at else None,
            )
            for row in listed.models
            if row.model
        )
        return EngineFacts("ollama", self.address, models)

    async def aclose(self) -> None:
        if self._made is not None:
            await self._made._client.aclose()
            self._made = None


def _options(sampling: Sampling, load: LoadOptions) -> dict[str, Any]:
    values = {
        "num_ctx": load.num_ctx,
        "num_batch": load.num_batch,
        "num_gpu": load.num_gpu,
        "num_thread": load.num_thread,
    }
    given = {key: value for key, value in values.items() if value is not None}
    return sampling_options(sampling, "num_predict") | given


def _delta(part: Any, text: str) -> Delta:
    tokens = tuple(
        TokenProb(
            row.token,
            log_probability(row.logprob),
            tuple(Alternative(other.token, log_probability(other.logprob)) for other in row.top_logprobs or ()),
        )
        for row in part.logprobs or ()
    )
    if not part.done:
        return Delta(text, tokens)
    return Delta(text, tokens, "length" if part.done_reason == "length" else "stop", _usage(part))


def _usage(part: Any) -> Usage:
    """Ollama counts the whole prompt in `prompt_eval_count`, what its cache held included, and doesn't say how
    much that was. Durations in nanoseconds."""
    return Usage(
        whole_number(part.prompt_eval_count) or 0,
        whole_number(part.eval_count) or 0,
        None,
        (whole_number(part.prompt_eval_duration) or 0) * NANOSECOND,
        (whole_number(part.eval_duration) or 0) * NANOSECOND,
    )
