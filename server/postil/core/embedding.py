"""Vectors of texts: how many texts are asked for at once, and whether what a server sends is what was asked for."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import cast

from postil.core.request import Embeddings, EmbedRequest

# A batch is what a cancelled or interrupted request loses, and what a cancelled one may still cost the engine. More at
# once is hardly quicker: of texts with 160 tokens all-minilm's size reads 541 tokens a second in batches of one, 626 in
# batches of eight, 595 in batches of 32; nomic-embed-text's size 137 and, of four, 125 (two cores that others used,
# too). So a batch is some 1,200 tokens of code: two seconds of the one, ten of the other. Many short texts go together,
# because an OpenAI-compatible server may be far away; Text Embeddings Inference takes 32 at most.
BATCH_TEXTS = 32
BATCH_CHARACTERS = 4_000
# Characters. No vocabulary has tokens that are so long on the average; what a text has beyond would be cut anyway.
_TOKEN_CHARACTERS = 16
# The largest models that embed have 8,192; more would be no vector.
MOST_DIMENSIONS = 16_384
# Characters. A text that is refused for its length although it is as short as this is refused for something else.
_SHORTEST = 200
# Servers refuse an empty text, or say nothing of it.
_BLANK = "."


def batches(request: EmbedRequest) -> tuple[EmbedRequest, ...]:
    """The requests that a long one is sent as, each with the texts as they are sent. Of a batch it is that batch."""
    longest = request.load.num_ctx * _TOKEN_CHARACTERS
    groups: list[list[str]] = []
    size = 0
    for text in request.texts:
        sent = _bounded(request.prefix + (text if text.strip() else _BLANK), longest)
        if not groups or len(groups[-1]) == BATCH_TEXTS or size + len(sent) > BATCH_CHARACTERS:
            groups.append([])
            size = 0
        groups[-1].append(sent)
        size += len(sent)
    return tuple(replace(request, texts=tuple(group), prefix="") for group in groups)


def _bounded(text: str, longest: int) -> str:
    """At most so many characters, in whole lines: of a secret that is cut nobody would know what it is."""
    return text if len(text) <= longest else text[:longest].rpartition("\n")[0] or text[:longest]


def shorter(request: EmbedRequest) -> EmbedRequest | None:
    """The request with its longest texts cut to half of the longest; None when no text is long."""
    half = max(map(len, request.texts), default=0) // 2
    return replace(request, texts=tuple(text[:half] for text in request.texts)) if half >= _SHORTEST else None


def vectors_in(value: object, count: int) -> tuple[array[float], ...]:
    """The vectors in a server's JSON (an array of arrays of numbers), each with the length 1. Raises ValueError, with
    the end of a sentence, for anything but `count` vectors of finite numbers and one dimension."""
    rows = _list(value)
    if rows is None:
        raise ValueError("no vectors")
    if len(rows) != count:
        raise ValueError(f"another number of vectors than of texts ({len(rows)} for {count})")
    found = tuple(map(_vector, rows))
    _one_dimension(found)
    return found


def joined(parts: Sequence[Embeddings]) -> Embeddings:
    """The answers to the batches of a request as one. Raises ValueError as `vectors_in`."""
    vectors = tuple(vector for part in parts for vector in part.vectors)
    _one_dimension(vectors)
    return Embeddings(vectors, sum(part.tokens for part in parts))


def _vector(value: object) -> array[float]:
    row = _list(value)
    if not row or len(row) > MOST_DIMENSIONS:
        raise ValueError("something that is no vector")
    if not all(isinstance(number, int | float) and not isinstance(number, bool) for number in row):
        raise ValueError("a vector with something that is no number")
    try:
        vector = array("f", cast("list[float]", row))
    except OverflowError:
        raise ValueError("a vector with an infinite number") from None
    length = math.hypot(*vector)
    if not math.isfinite(length):
        raise ValueError("a vector with an infinite number or none (NaN)")
    return array("f", (number / length for number in vector)) if length else vector


def _one_dimension(vectors: Iterable[array[float]]) -> None:
    sizes = sorted({len(vector) for vector in vectors})
    if len(sizes) > 1:
        raise ValueError(f"vectors of {' and '.join(map(str, sizes))} dimensions")


def _list(value: object) -> list[object] | None:
    return cast("list[object]", value) if isinstance(value, list) else None
