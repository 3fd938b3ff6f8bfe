"""Requests to a model and what answers them, independent of any engine's wire format."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from postil.core.agent.tool import ToolCall, ToolSpec
from postil.core.models import families

Role = Literal["system", "user", "assistant", "tool"]
Lane = Literal["interactive", "background"]
# What requests are for. score: the probabilities of a difference; reason: the sentence about a note; fix: one for a
# note that has none; repair: a candidate for a failing check or a tool's finding; agent: a turn of a conversation.
What = Literal["review", "score", "reason", "fix", "repair", "action", "completion", "agent"]
# Ollama's `think`: off, on, or how much for a model that only knows levels.
Think = Literal[False, True, "low", "medium", "high"]


def encodable(text: str) -> str:
    """The text with `?` for each lone surrogate, which UTF-8 can't encode."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


class _Encodable:
    """Makes the texts encodable: an editor's buffer may hold lone surrogates."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for name in ("content", "prefill", "prefix", "suffix", "begun", "path", "text"):
            text = getattr(self, name, "")
            if not text.isascii():
                object.__setattr__(self, name, encodable(text))


@dataclass(frozen=True, slots=True)
class Message(_Encodable):
    """One turn of a conversation. `calls`: the tools that the assistant has called in it. `answers`: the call whose
    result a message of the role `tool` is."""

    role: Role
    content: str
    calls: tuple[ToolCall, ...] = ()
    answers: ToolCall | None = None


@dataclass(frozen=True, slots=True)
class Sampling:
    """Options that may change with each request without reloading the model.

    `None` leaves the engine's own default. `max_tokens` is Ollama's `num_predict`.
    """

    temperature: float | None = 0.0
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    repeat_penalty: float | None = None
    seed: int | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """Options of a loaded model: Ollama reloads the model for another value.

    `num_ctx` is in tokens, for one request (an engine with several slots multiplies it).
    """

    num_ctx: int = 8192
    num_batch: int | None = None
    num_gpu: int | None = None
    num_thread: int | None = None


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a request is for, so that it can be shown; never sent. `persona`: who asks; `path`: of the file it is about,
    "" where nobody knows; `name` and `digest`: of the unit; `line`: the first one, 0-based. An infill's prefix may hold
    more than the text before the cursor: `above`, so many lines of imports, and `pieces` of other files as comments, of
    which these are the paths and the lines. Not their texts: those are in the request, redacted."""

    what: What
    persona: str
    path: str = ""
    name: str = ""
    line: int = 0
    digest: str = ""
    above: int = 0
    pieces: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ChatRequest(_Encodable):
    """A chat turn. `prefill` is the beginning of the assistant's answer: the engine continues it, and the deltas hold
    only the continuation. `top_logprobs` > 0 requests so many alternatives for each token. `json_schema` is a JSON
    Schema as text that constrains the answer. `think`: None for a model that can't think, or always thinks.
    `think_tokens` may be spent on that, in addition to the answer's `max_tokens`. `tools`: those that the model may
    call in the way that its template has for it; not for a request with a `prefill` or a `json_schema`. `whole`: an
    engine that would leave out a part of a prompt that is too long refuses it instead, where it can."""

    model: str
    messages: tuple[Message, ...]
    prefill: str = ""
    sampling: Sampling = field(default_factory=Sampling)
    load: LoadOptions = field(default_factory=LoadOptions)
    top_logprobs: int = 0
    json_schema: str | None = None
    lane: Lane = "background"
    think: Think | None = None
    think_tokens: int = 0
    tools: tuple[ToolSpec, ...] = ()
    whole: bool = False
    purpose: Purpose | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Snippet(_Encodable):
    """A piece of another file. `path`: relative to the workspace, with slashes."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class InfillRequest(_Encodable):
    """A request for the text between `prefix` and `suffix`, which are of the file `path` ("" where nobody asks).
    `begun` is its beginning, which the engine continues. `fim`: the tokens to write the prompt with; None = the engine
    frames it by itself. `snippets` of other files stand before it, where the model's family has a format for that."""

    model: str
    prefix: str
    suffix: str
    sampling: Sampling = field(default_factory=Sampling)
    load: LoadOptions = field(default_factory=LoadOptions)
    top_logprobs: int = 0
    lane: Lane = "interactive"
    begun: str = ""
    fim: families.FimTokens | None = None
    path: str = ""
    snippets: tuple[Snippet, ...] = ()
    purpose: Purpose | None = field(default=None, compare=False)

    @property
    def others(self) -> tuple[tuple[str, str], ...]:
        """The paths and texts of the snippets."""
        return tuple((one.path, one.text) for one in self.snippets)

    def raw(self) -> tuple[str, Sampling] | None:
        """The prompt with the tokens of `fim`, and the sampling with the words that end its answer; None where the
        engine frames it by itself."""
        if self.fim is None:
            return None
        prompt = self.fim.prompt(self.prefix, self.suffix, self.begun, self.path, self.others)
        return prompt, replace(self.sampling, stop=self.fim.stops(self.sampling.stop))


# Tokens of one text. llama.cpp reads a text in one batch and attends to all of it at once: with 2,048 tokens a model of
# nomic-embed-text's size takes 0.2 GB. Models that were trained on fewer, as all-minilm on 512, cap it themselves.
EMBED_NUM_CTX = 2048


@dataclass(frozen=True, slots=True)
class EmbedRequest:
    """A request for the vectors of texts: Ollama's `/api/embed` (https://docs.ollama.com/api/embed), the OpenAI API's
    and llama-server's `/v1/embeddings`. `prefix` goes before each text: what the model was trained to read there
    (`ModelInfo.query_prefix`, `document_prefix`). A text that is longer than the model's context is cut at its end.
    There may be any number of texts: they are sent in batches (core/embedding)."""

    model: str
    texts: tuple[str, ...]
    prefix: str = ""
    load: LoadOptions = field(default_factory=lambda: LoadOptions(num_ctx=EMBED_NUM_CTX))
    lane: Lane = "background"

    def __post_init__(self) -> None:
        if not all(text.isascii() for text in self.texts):
            object.__setattr__(self, "texts", tuple(map(encodable, self.texts)))


@dataclass(frozen=True, slots=True)
class Embeddings:
    """The vectors of the texts of one request, in their order, each of 32-bit floats, as engines compute them
    (`array.tobytes` is what a store keeps). All have the same dimension, and the length 1 (0 where the engine gave
    nothing but zeros): their dot product is the cosine. `tokens`: what the engine has read, 0 where it doesn't say."""

    vectors: tuple[array[float], ...] = ()
    tokens: int = 0

    @property
    def dimension(self) -> int:
        return len(self.vectors[0]) if self.vectors else 0


# For functions that return a request of the same kind.
Request = TypeVar("Request", ChatRequest, InfillRequest)


@dataclass(frozen=True, slots=True)
class Alternative:
    """A token that was possible at a place, with its natural-log probability."""

    text: str
    logprob: float


@dataclass(frozen=True, slots=True)
class TokenProb:
    """A token of the answer, its natural-log probability, and the likeliest tokens there (itself included)."""

    text: str
    logprob: float
    top: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """Counters of one request; None where the engine doesn't report one. `prompt_tokens` counts the whole prompt,
    `cached_tokens` the part of it that was in the engine's cache. Times in seconds."""

    prompt_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int | None = None
    prompt_seconds: float | None = None
    output_seconds: float | None = None

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.output_tokens + other.output_tokens,
            (self.cached_tokens or 0) + (other.cached_tokens or 0),
            (self.prompt_seconds or 0.0) + (other.prompt_seconds or 0.0),
            (self.output_seconds or 0.0) + (other.output_seconds or 0.0),
        )


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of a stream. The last delta of a complete stream has `finish`; a stream without one raised
    `StreamBroken`. `text` never ends inside a character. `thinking` is the model's reasoning, which is never part of
    `text`. `anew`: the answer doesn't continue the request's `prefill`, it begins anew with this delta, and the text of
    those before it is no part of it. `calls`: all tools that the answer has called so far, the last one perhaps half
    written; whole in the delta with `finish`."""

    text: str = ""
    tokens: tuple[TokenProb, ...] = ()
    finish: Literal["stop", "length"] | None = None
    usage: Usage | None = None
    thinking: str = ""
    anew: bool = False
    calls: tuple[ToolCall, ...] = ()
