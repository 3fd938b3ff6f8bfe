"""Words of a request that must not be sent as they are: what stands for each, and back again in the answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from postil.core.request import ChatRequest, InfillRequest, Request

# What a tokenizer takes for the end of a turn, the beginning of another or the hole of an infill, wherever it stands:
# the code under review could speak as somebody else. Of Qwen, Llama, Phi, StarCoder, DeepSeek, Gemma, Mistral.
_SPECIAL = re.compile(
    r"<\|[^\s|<>]{1,40}\|>|<｜[^\s｜<>]{1,40}｜>|<\|endoftext>"
    r"|<(?:start|end)_of_turn>|</?s>|<(?:bos|eos|pad|unk)>|<<?/?SYS>>?|<(?:PRE|SUF|MID|EOT)>"
    r"|<fim_(?:prefix|suffix|middle|pad)>|<(?:file_sep|repo_name|reponame|filename)>"
    r"|\[/?(?:INST|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|SYSTEM_PROMPT)\]|\[(?:PREFIX|SUFFIX|MIDDLE)\]"
)
_OPENS = {"<": "‹", "[": "［"}
# Less of a word's beginning is not worth hiding, and is too often the beginning of something else.
LEAST_PART = 4


def special_words(texts: Iterable[str]) -> dict[str, str]:
    """The words of these texts that steer a model, each with what stands for it."""
    return {word: _OPENS[word[0]] + word[1:] for text in texts for word in _SPECIAL.findall(text)}


def texts_of(request: ChatRequest | InfillRequest) -> tuple[str, ...]:
    """What of a request is text for the model, in pieces that nothing stands between."""
    if isinstance(request, InfillRequest):
        return (request.prefix + request.begun + request.suffix,)
    return (*(message.content for message in request.messages), request.prefill)


def redacted(request: Request, words: Mapping[str, str]) -> tuple[Request, dict[str, str]]:
    """The request with what stands for each of the words, and of these the ones that it had, by what stands for them.
    Both are of the same length, so that places stay true. A word that ends with what the model is to go on from is
    hidden as far as it has come."""
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

    if isinstance(request, InfillRequest):
        whole = hide(texts_of(request)[0])
        start, end = len(request.prefix), len(request.prefix) + len(request.begun)
        before = begin(whole[:end])
        return replace(request, prefix=before[:start], begun=before[start:], suffix=whole[end:]), back
    messages = tuple(replace(message, content=hide(message.content)) for message in request.messages)
    return replace(request, messages=messages, prefill=begin(hide(request.prefill))), back


class Restorer:
    """An answer with its own words again. What may be the beginning of one waits for the rest of it."""

    def __init__(self, back: Mapping[str, str]) -> None:
        self._back = back
        self._found = re.compile("|".join(map(re.escape, sorted(back, key=len, reverse=True))))
        self._longest = max(map(len, back))
        self._held = ""

    def feed(self, text: str) -> str:
        """What is certain after this piece."""
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

    def rest(self) -> str:
        """What was held back, at the end: as much of its own word as came of what stands for it, unless that is so
        short that it may be anything."""
        held, self._held = self._held, ""
        if len(held) < LEAST_PART and not held.startswith(tuple(_OPENS.values())):
            return held
        return next((own[: len(held)] for other, own in self._back.items() if other.startswith(held)), held)

    def _begins(self, piece: str) -> bool:
        return any(word.startswith(piece) for word in self._back)
