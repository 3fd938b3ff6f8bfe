"""Placeholders of the same length for words of a request that must not be sent, and the words restored in the
answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from postil.core.agent.tool import ToolCall
from postil.core.request import ChatRequest, EmbedRequest, InfillRequest, Snippet

# Special tokens of Qwen, Llama, Phi, StarCoder, DeepSeek, Gemma and Mistral. A tokenizer recognises them anywhere: in
# the code under review one could end the user's turn and speak as the system.
_SPECIAL = re.compile(
    r"<\|[^\s|<>]{1,40}\|>|<｜[^\s｜<>]{1,40}｜>|<\|endoftext>"
    r"|<(?:start|end)_of_turn>|</?s>|<(?:bos|eos|pad|unk)>|<<?/?SYS>>?|<(?:PRE|SUF|MID|EOT)>"
    r"|<fim_(?:prefix|suffix|middle|pad)>|<(?:file_sep|repo_name|reponame|filename)>"
    r"|\[/?(?:INST|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|SYSTEM_PROMPT)\]|\[(?:PREFIX|SUFFIX|MIDDLE)\]"
)
# What leaves: a request of any kind.
Outgoing = TypeVar("Outgoing", ChatRequest, InfillRequest, EmbedRequest)
_OPENS = {"<": "‹", "[": "［"}
# Characters. A shorter beginning of a word is too often the beginning of something else.
LEAST_PART = 4


def special_words(texts: Iterable[str]) -> dict[str, str]:
    """The special tokens in these texts, each with its placeholder."""
    return {word: _OPENS[word[0]] + word[1:] for text in texts for word in _SPECIAL.findall(text)}


def texts_of(request: ChatRequest | InfillRequest | EmbedRequest) -> tuple[str, ...]:
    """The texts of a request, adjacent ones joined."""
    if isinstance(request, EmbedRequest):
        return request.texts
    if isinstance(request, InfillRequest):
        snippets = (text for one in request.others for text in one)
        return (request.prefix + request.begun + request.suffix, request.path, *snippets)
    called = (call.arguments for message in request.messages for call in message.calls)
    return (*(message.content for message in request.messages), *called, request.prefill)


def redacted(request: Outgoing, words: Mapping[str, str]) -> tuple[Outgoing, dict[str, str]]:
    """The request with a placeholder for each of the words, and the words found, by placeholder. Both have the same
    length, so that offsets stay valid. Of a word that the text to be continued only begins with, that part is
    replaced."""
    back: dict[str, str] = {}
    if not words:
        return request, back
    by_length = sorted(words, key=len, reverse=True)
    found = re.compile("|".join(map(re.escape, by_length)))

    def hide(text: str) -> str:
        def stand_in(match: re.Match[str]) -> str:
            back[words[match[0]]] = match[0]
            return words[match[0]]

        return found.sub(stand_in, text)

    def begin(text: str) -> str:
        for word in by_length:
            size = next((n for n in range(len(word) - 1, LEAST_PART - 1, -1) if text.endswith(word[:n])), 0)
            if size and words[word][:size] != word[:size]:
                if len(word) - size >= LEAST_PART:
                    back[words[word][size:]] = word[size:]
                return text[:-size] + words[word][:size]
        return text

    if isinstance(request, EmbedRequest):
        # A chunk may end in the middle of a secret.
        return replace(request, texts=tuple(begin(hide(text)) for text in request.texts)), back
    if isinstance(request, InfillRequest):
        whole = hide(texts_of(request)[0])
        start, end = len(request.prefix), len(request.prefix) + len(request.begun)
        before = begin(whole[:end])
        # A snippet may end in the middle of a secret.
        snippets = tuple(Snippet(hide(name), begin(hide(text))) for name, text in request.others)
        shown = replace(request, prefix=before[:start], begun=before[start:], suffix=whole[end:])
        return replace(shown, path=hide(request.path), snippets=snippets), back
    messages = tuple(
        replace(message, content=hide(message.content), calls=rewritten(message.calls, hide))
        for message in request.messages
    )
    return replace(request, messages=messages, prefill=begin(hide(request.prefill))), back


def rewritten(calls: tuple[ToolCall, ...], change: Callable[[str], str]) -> tuple[ToolCall, ...]:
    """The calls with other arguments."""
    return tuple(replace(call, arguments=change(call.arguments)) for call in calls)


class Restorer:
    """Restores the words in a streamed answer. A piece that may be the beginning of a placeholder is held back."""

    def __init__(self, back: Mapping[str, str]) -> None:
        self._back = back
        self._found = re.compile("|".join(map(re.escape, sorted(back, key=len, reverse=True))))
        self._longest = max(map(len, back))
        self._held = ""

    def feed(self, text: str) -> str:
        """The text that is final after this piece."""
        whole = self._held + text
        out: list[str] = []
        at = 0
        for match in self._found.finditer(whole):
            out += [whole[at : match.start()], self._back[match[0]]]
            at = match.end()
        rest = whole[at:]
        kept = next((n for n in range(min(self._longest - 1, len(rest)), 0, -1) if self._begins(rest[-n:])), 0)
        self._held = rest[len(rest) - kept :]
        return "".join([*out, rest[: len(rest) - kept]])

    def whole(self, text: str) -> str:
        """A text that came as one, with the words restored."""
        return self._found.sub(lambda match: self._back[match[0]], text)

    def rest(self) -> str:
        """The text held back, at the end of the stream. A partial placeholder becomes that part of its word, unless it
        is too short to be recognised."""
        held, self._held = self._held, ""
        if len(held) < LEAST_PART and not held.startswith(tuple(_OPENS.values())):
            return held
        return next((own[: len(held)] for other, own in self._back.items() if other.startswith(held)), held)

    def _begins(self, piece: str) -> bool:
        return any(word.startswith(piece) for word in self._back)
