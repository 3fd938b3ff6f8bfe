"""What is asked of a model and what comes back, as values that no engine's wire format leaks into."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeVar

Role = Literal["system", "user", "assistant"]
Lane = Literal["interactive", "background"]


def carried(text: str) -> str:
    """The text with `?` for what UTF-8, and so no engine, can carry: half a surrogate pair."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


class _Carried:
    """Its texts, which may come from an editor's buffer, are such that every engine can carry them."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for name in ("content", "prefill", "prefix", "suffix", "begun"):
            text = getattr(self, name, "")
            if not text.isascii():
                object.__setattr__(self, name, carried(text))


@dataclass(frozen=True, slots=True)
class Message(_Carried):
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """Options that may differ from request to request without reloading a model.

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
    """Options that Ollama fixes when it loads a model: another value reloads the model.

    `num_ctx` is in tokens, for one request (an engine with several slots multiplies it).
    """

    num_ctx: int = 8192
    num_batch: int | None = None
    num_gpu: int | None = None
    num_thread: int | None = None


@dataclass(frozen=True, slots=True)
class ChatRequest(_Carried):
    """A chat turn. `prefill` is the beginning of the assistant's answer: the engine continues it, and
    the deltas hold only what comes after it. `top_logprobs` > 0 asks for that many alternatives a token.
    `json_schema` is a JSON Schema as text that constrains the answer."""

    model: str
    messages: tuple[Message, ...]
    prefill: str = ""
    sampling: Sampling = field(default_factory=Sampling)
    load: LoadOptions = field(default_factory=LoadOptions)
    top_logprobs: int = 0
    json_schema: str | None = None
    lane: Lane = "background"


@dataclass(frozen=True, slots=True)
class InfillRequest(_Carried):
    """Text wanted between `prefix` and `suffix`. `begun` is its beginning, which the engine continues."""

    model: str
    prefix: str
    suffix: str
    sampling: Sampling = field(default_factory=Sampling)
    load: LoadOptions = field(default_factory=LoadOptions)
    top_logprobs: int = 0
    lane: Lane = "interactive"
    begun: str = ""


# What goes out as the kind of request that came in.
Request = TypeVar("Request", ChatRequest, InfillRequest)


@dataclass(frozen=True, slots=True)
class Alternative:
    """A token the model might have written at a place, with its natural-log probability."""

    text: str
    logprob: float


@dataclass(frozen=True, slots=True)
class TokenProb:
    """A token that was written, its natural-log probability, and its likeliest alternatives (with itself)."""

    text: str
    logprob: float
    top: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """Counters of one request; `None` where the engine doesn't tell. `prompt_tokens` is the whole prompt,
    `cached_tokens` the part of it that was not evaluated again. Times in seconds."""

    prompt_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int | None = None
    prompt_seconds: float | None = None
    output_seconds: float | None = None

    @property
    def evaluated_tokens(self) -> int:
        """Prompt tokens that the engine really had to evaluate."""
        return self.prompt_tokens - (self.cached_tokens or 0)

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
    """A piece of a stream. The last delta of a complete stream has `finish`; a stream that ends without
    one raised `StreamBroken`. `text` is always whole characters."""

    text: str = ""
    tokens: tuple[TokenProb, ...] = ()
    finish: Literal["stop", "length"] | None = None
    usage: Usage | None = None
