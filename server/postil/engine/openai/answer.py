"""The events of OpenAI-compatible streams as deltas."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol, cast

from postil.core.request import Alternative, Delta, TokenProb, Usage
from postil.core.text.plain import one_line
from postil.engine.dialect.finish import finish_of
from postil.engine.json_values import (
    JsonObject,
    count_in,
    logprob_in,
    number_in,
    object_in,
    objects_in,
    text_in,
)
from postil.engine.openai.calls import CallFragments
from postil.logs import HIDDEN

# Characters of a server's error message that go into one of ours.
MAX_ERROR_TEXT = 300


class Answer(Protocol):
    """The deltas of one stream: `feed` takes each event, `finish` is called at the end. `whole`: it came as one, by a
    server that doesn't stream."""

    def feed(self, event: JsonObject) -> list[Delta]: ...

    def finish(self, *, whole: bool) -> list[Delta]: ...


# A server that repeats a beginning sends it in a piece or two; a model that writes it anew takes one for each token.
MOST_ECHOED = 3


class ChatAnswer:
    """A chat completion, without the prefill that some servers repeat. `sure`: a probe says that it is continued."""

    def __init__(self, prefill: str, *, sure: bool = False) -> None:
        self._echo = Echo(prefill, None if sure else MOST_ECHOED)
        self._last: Delta | None = None
        self._any = False
        self._calls = CallFragments()

    def feed(self, event: JsonObject) -> list[Delta]:
        found: list[Delta] = []
        for plain in chat_deltas(event):
            delta = replace(plain, calls=self._calls.feed(event))
            self._any = True
            # What is thought comes before the answer, and is no echo of its beginning.
            kept = delta if delta.thinking else self._echo.strip(delta)
            last = self._last
            if last is not None:
                # The counters come after the finish; the last delta carries both.
                self._last = replace(last, usage=delta.usage or last.usage)
            elif kept is not None and kept.finish is not None:
                self._last = kept
            elif kept is not None:
                found.append(kept)
        return found

    def finish(self, *, whole: bool) -> list[Delta]:
        if self._last is None and whole and self._any:
            # A message that came as one has no need to say why it ends.
            self._last = self._echo.strip(Delta(finish="stop"))
        return [self._last] if self._last is not None else []


class InfillAnswer:
    """llama.cpp's own `/infill` and `/completion` streams."""

    def feed(self, event: JsonObject) -> list[Delta]:
        return [infill_delta(event)]

    def finish(self, *, whole: bool) -> list[Delta]:
        return []


class Echo:
    """Removes the assistant's prefill where a server repeats it at the start of its answer (llama.cpp does, Ollama and
    vLLM don't): once, and only if the answer starts with all of it, in at most so many pieces with text."""

    def __init__(self, prefill: str, most: int | None = None) -> None:
        self._expected = prefill
        self._most = most
        self._held: list[Delta] = []
        self._seen = ""

    def strip(self, delta: Delta) -> Delta | None:
        """The delta without the prefill; None while what has come may still turn out to be the prefill."""
        if not self._expected:
            return delta
        self._held.append(delta)
        self._seen += delta.text
        undecided = self._expected.startswith(self._seen) and len(self._seen) < len(self._expected)
        if undecided and delta.finish is None:
            return None
        expected, self._expected = self._expected, ""
        pieces = sum(bool(held.text) for held in self._held)
        echoed = self._seen.startswith(expected) and (self._most is None or pieces <= self._most)
        text = self._seen[len(expected) :] if echoed else self._seen
        tokens = tuple(token for held in self._held for token in held.tokens)
        if echoed and tokens and "".join(token.text for token in tokens) == self._seen:
            tokens = ()
        return replace(delta, text=text, tokens=tokens)


def chat_deltas(event: JsonObject) -> list[Delta]:
    """A chunk of a chat completion: one delta, two where it thinks and answers, or none for a chunk that holds
    nothing."""
    usage = _usage(event)
    choices = objects_in(event.get("choices"))
    if not choices:
        return [Delta(usage=usage)] if usage else []
    choice = choices[0]
    # A server that doesn't stream sends the whole message; the older API's chunks have only a text.
    delta = object_in(choice.get("delta")) or object_in(choice.get("message")) or {"content": choice.get("text")}
    logprobs = object_in(choice.get("logprobs")) or {}
    finish = choice.get("finish_reason")
    reason = finish_of(finish) if isinstance(finish, str) and finish else None
    text, thinking = _content(delta.get("content"))
    # vLLM's older name, which llama.cpp, SGLang and LM Studio use, and the newer one. Some servers send both.
    thinking = text_in(delta.get("reasoning_content")) or text_in(delta.get("reasoning")) or thinking
    thinking = thinking or text_in(delta.get("thinking")) or _details(delta.get("reasoning_details"))
    if not thinking:
        return [Delta(text, _tokens(logprobs.get("content")), reason, usage)]
    thought = [Delta(thinking=thinking)]
    return [*thought, Delta(text, (), reason, usage)] if text or reason or usage else thought


def _details(rows: object) -> str:
    """OpenRouter's reasoning, where that is all it sends."""
    return "".join(text_in(row.get("text")) or text_in(row.get("summary")) for row in objects_in(rows))


def _content(content: object) -> tuple[str, str]:
    """Text and thoughts of a message. Mistral's API sends a list of both."""
    if not isinstance(content, list):
        return text_in(content), ""
    parts = objects_in(cast("object", content))
    inner = (objects_in(part.get("thinking")) for part in parts)
    thinking = "".join(text_in(one.get("text")) for rows in inner for one in rows)
    return "".join(text_in(part.get("text")) for part in parts if part.get("type") == "text"), thinking


def infill_delta(event: JsonObject) -> Delta:
    """A chunk of llama.cpp's own `/infill` stream."""
    stopped = event.get("stop") is True
    reason = "length" if event.get("stop_type") == "limit" else "stop"
    timings = object_in(event.get("timings"))
    tokens = _tokens(event.get("completion_probabilities"))
    usage = _timings(timings) if timings is not None else None
    return Delta(text_in(event.get("content")), tokens, reason if stopped else None, usage)


def _tokens(rows: object) -> tuple[TokenProb, ...]:
    return tuple(
        TokenProb(
            text_in(row.get("token")),
            logprob_in(row.get("logprob")),
            tuple(
                Alternative(text_in(other.get("token")), logprob_in(other.get("logprob")))
                for other in objects_in(row.get("top_logprobs"))
            ),
        )
        for row in objects_in(rows)
    )


def _usage(event: JsonObject) -> Usage | None:
    timings = object_in(event.get("timings"))
    if timings is not None:
        return _timings(timings)
    usage = object_in(event.get("usage"))
    if usage is None:
        return None
    details = object_in(usage.get("prompt_tokens_details")) or {}
    return Usage(
        count_in(usage.get("prompt_tokens")) or 0,
        count_in(usage.get("completion_tokens")) or 0,
        count_in(details.get("cached_tokens")),
    )


def _timings(timings: JsonObject) -> Usage:
    """llama.cpp: `prompt_n` counts the evaluated tokens, `cache_n` those found in its cache; times are in ms."""
    cached = count_in(timings.get("cache_n")) or 0
    return Usage(
        (count_in(timings.get("prompt_n")) or 0) + cached,
        count_in(timings.get("predicted_n")) or 0,
        cached,
        number_in(timings.get("prompt_ms")) / 1000,
        number_in(timings.get("predicted_ms")) / 1000,
    )


def error_text(error: object, secret: str = "") -> str:
    """The message of an error, in whichever shape the server gives it, without the secret (which a cut could halve)."""
    fields = object_in(error)
    if fields is not None:
        error = fields.get("message") or fields.get("detail") or fields
    text = str(error).replace(secret, HIDDEN) if secret else str(error)
    return one_line(text)[:MAX_ERROR_TEXT]
