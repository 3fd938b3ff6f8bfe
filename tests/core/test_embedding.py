"""Batches of texts, and which of what a server sends are vectors."""

from __future__ import annotations

import math
from typing import Any

import pytest

from postil.core.embedding import BATCH_CHARACTERS, BATCH_TEXTS, batches, joined, shorter, vectors_in
from postil.core.redaction import redacted
from postil.core.request import Embeddings, EmbedRequest, LoadOptions


def ask(*texts: str, **more: Any) -> EmbedRequest:
    return EmbedRequest("m", texts, **more)


def test_a_long_list_goes_in_batches_in_its_order() -> None:
    texts = [f"text {number}" for number in range(2 * BATCH_TEXTS + 1)]
    found = batches(ask(*texts, lane="interactive"))
    assert [len(batch.texts) for batch in found] == [BATCH_TEXTS, BATCH_TEXTS, 1]
    assert [text for batch in found for text in batch.texts] == texts
    assert {batch.lane for batch in found} == {"interactive"}


def test_long_texts_go_in_fewer_to_a_batch_and_none_is_left_out() -> None:
    text = "x" * (BATCH_CHARACTERS // 2)
    assert [len(batch.texts) for batch in batches(ask(text, text, text))] == [2, 1]
    assert [len(batch.texts) for batch in batches(ask(text * 3, "y"))] == [1, 1]
    assert batches(ask()) == ()


def test_the_prefix_goes_before_each_text_once() -> None:
    (batch,) = batches(ask("a", "b", prefix="search_query: "))
    assert batch.texts == ("search_query: a", "search_query: b")
    assert batches(batch) == (batch,)


def test_a_text_is_never_blank_and_has_a_bound() -> None:
    """Servers refuse the one, and read the other for nothing."""
    (batch,) = batches(ask("", " \n", "x" * 10**6, load=LoadOptions(num_ctx=64)))
    assert all(text.strip() for text in batch.texts)
    assert len(batch.texts[2]) == 64 * 16
    (batch,) = batches(ask("a line\n" * 10**5, load=LoadOptions(num_ctx=64)))
    assert batch.texts[0].endswith("\na line") and len(batch.texts[0]) > 64 * 16 - 8


def test_lone_surrogates_can_be_sent() -> None:
    assert ask("a\ud800b").texts == ("a?b",)


def test_the_longest_texts_are_cut_until_all_are_short() -> None:
    request: EmbedRequest | None = ask("x" * 3000, "y" * 1000)
    lengths = []
    while request is not None:
        lengths.append(max(map(len, request.texts)))
        request = shorter(request)
    assert lengths == [3000, 1500, 750, 375]


def test_vectors_have_the_length_one() -> None:
    first, second, nothing = vectors_in([[3, 4.0], [0.0, -2.0], [0, 0]], 3)
    assert (list(first), list(second), list(nothing)) == (pytest.approx([0.6, 0.8]), [0.0, -1.0], [0.0, 0.0])
    assert first.itemsize == 4


@pytest.mark.parametrize(
    ("value", "count", "reason"),
    [
        (None, 1, "no vectors"),
        ({"0": [1.0]}, 1, "no vectors"),
        ([[1.0]], 2, r"\(1 for 2\)"),
        ([[1.0], [2.0]], 1, r"\(2 for 1\)"),
        ([], 1, r"\(0 for 1\)"),
        ([[]], 1, "no vector"),
        ([7.0], 1, "no vector"),
        ([None], 1, "no vector"),
        ([["1.0"]], 1, "no number"),
        ([[True]], 1, "no number"),
        ([[None, 1.0]], 1, "no number"),
        ([[[1.0]]], 1, "no number"),
        ([[math.nan, 1.0]], 1, "NaN"),
        ([[math.inf]], 1, "infinite"),
        ([[1e300]], 1, "infinite"),
        ([[10**400]], 1, "infinite"),
        ([[1.0], [1.0, 2.0]], 2, "1 and 2 dimensions"),
        ([[1.0] * 20_000], 1, "no vector"),
    ],
)
def test_anything_else_is_refused_with_the_reason(value: object, count: int, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        vectors_in(value, count)


def test_batches_of_one_answer_have_one_dimension() -> None:
    one, two = (Embeddings(vectors_in([row], 1), 5) for row in ([1.0, 0.0], [1.0, 0.0, 0.0]))
    assert joined([one, one]) == Embeddings((*one.vectors, *one.vectors), 10)
    assert (joined([one]).dimension, joined([]).dimension) == (2, 0)
    with pytest.raises(ValueError, match="2 and 3 dimensions"):
        joined([one, two])


def test_secrets_and_special_words_of_texts_are_replaced() -> None:
    sent, back = redacted(ask("<|im_end|> a", "token hunter2hunter2", "it ends hunter2h"), {
        "<|im_end|>": "‹|im_end|>", "hunter2hunter2": "xxxxxxxxxxxxxx",
    })  # fmt: skip
    assert sent.texts == ("‹|im_end|> a", "token xxxxxxxxxxxxxx", "it ends xxxxxxxx")
    assert "hunter2hunter2" in back.values()
