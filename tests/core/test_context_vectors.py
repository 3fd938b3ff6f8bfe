"""Vectors as an index keeps them, what they are made of, rankings put together."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.context.analysis import analyse
from postil.core.context.described import described, headings, spaced
from postil.core.context.ranking import fused
from postil.core.context.symbols import symbols
from postil.core.context.values import Symbol
from postil.core.context.vectors import STEPS, cosine, packed, sketch
from postil.core.syntax.tree import parse


def unit(vector: Sequence[float]) -> list[float]:
    length = math.hypot(*vector)
    return [number / length for number in vector]


def some(chance: random.Random, numbers: int = 384) -> list[float]:
    return unit([chance.gauss(0, 1) for _ in range(numbers)])


def bits(one: bytes, other: bytes) -> int:
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


def test_a_byte_a_number_is_enough_for_the_cosine() -> None:
    chance = random.Random(1)
    for _ in range(20):
        one, other = some(chance), some(chance)
        exact = sum(a * b for a, b in zip(one, other, strict=True))
        assert cosine(one, packed(other)) == pytest.approx(exact, abs=0.005)
        assert cosine(one, packed(one)) == pytest.approx(1.0, abs=0.001)


def test_a_vector_of_zeros_is_like_nothing() -> None:
    assert cosine(some(random.Random(1)), packed([0.0] * 384)) == 0.0
    assert packed([]) == b"" and sketch([]) == b"" and cosine([], b"") == 0.0


def test_sketches_of_near_vectors_are_near() -> None:
    chance = random.Random(2)
    question = some(chance)
    apart = [bits(sketch(question), sketch(unit([a + far * b for a, b in zip(question, some(chance), strict=True)])))
             for far in (0.0, 0.2, 0.5, 1.0, 2.0)]  # fmt: skip
    assert apart == sorted(apart) and apart[0] == 0 < apart[1]
    assert len(sketch(question)) == 384 * len(STEPS) // 8


@given(st.lists(st.floats(-10, 10, width=32), min_size=1, max_size=70))
def test_any_vector_has_a_sketch_and_a_body_of_its_size(vector: list[float]) -> None:
    assert len(packed(vector)) == len(vector)
    assert len(sketch(vector)) == (len(STEPS) * len(vector) + 7) // 8


def test_parts_of_names_are_apart() -> None:
    assert spaced("readFile read_file HTTPServer __init__ x_1 UPPER_CASE a->b") == (
        "read File read file HTTP Server __init__ x_1 UPPER CASE a->b"
    )


TEXT = '''class Store:
    """Keeps values."""

    def put(self, value):
        """Puts one in."""
        first = value
        second = value

    def take(self): pass

LIMIT = 3
'''


def of(text: str) -> list[Symbol]:
    tree = parse(text, "python")
    assert tree is not None
    return symbols(tree.root_node, "python")


def test_a_heading_says_whose_code_it_is() -> None:
    assert headings(of(TEXT), [(0, 3), (3, 5), (5, 8), (8, 9), (9, 11)]) == [
        "Store",
        "Store: Keeps values.\nStore.put",
        "Store.put: Puts one in.",
        "Store: Keeps values.\nStore.take",
        "",
    ]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 12)), max_size=12), st.integers(1, 9))
def test_headings_are_those_of_a_plain_look(places: list[tuple[int, int]], rows: int) -> None:
    """Against all symbols for each span."""
    made = [Symbol("class", f"n{at}", "", "", "", first, first + size) for at, (first, size) in enumerate(places)]
    made.sort(key=lambda one: (one.first, -one.last))
    # As in a file: one is within another or behind it.
    nested: list[Symbol] = []
    for one in made:
        if all(one.first >= other.last or one.last <= other.last for other in nested):
            nested.append(one)
    spans = [(first, first + rows) for first in range(0, 44, rows)]
    plain = []
    for first, last in spans:
        around = [one.qualified for one in nested if one.first < first < one.last][-1:]
        plain.append("\n".join(around + [one.qualified for one in nested if first <= one.first < last][:4]))
    assert headings(nested, spans) == plain


def test_a_chunk_under_another_heading_is_another_one() -> None:
    """Its vector is made of both."""
    body = "".join(f"        line_{number} = {number}\n" for number in range(40))
    one, other = (analyse(f"class {name}:\n    def run(self):\n{body}", "python").chunks for name in ("Job", "Task"))
    assert [chunk.words for chunk in one[1:]] == [chunk.words for chunk in other[1:]]
    assert not {chunk.digest for chunk in one} & {chunk.digest for chunk in other}
    # Without a grammar nothing is known of it.
    same = [{chunk.digest for chunk in analyse(text, "lua").chunks} for text in ("a b\n", "a b\n\n\n")]
    assert same[0] == same[1]


def test_what_a_vector_is_made_of() -> None:
    assert described("web/app.ts", "Store.put", ["  putValue(a)", "}"]) == "web app.ts\nStore.put\n  put Value(a)\n}"
    assert described("a.lua", "", ["x"]) == "a.lua\nx"
    assert len(described("a.js", "", ["x" * 1_000_000])) < 10_000


def test_two_rankings_become_one() -> None:
    assert [one for one, _ in fused([(1.0, [1, 2, 3]), (1.0, [3, 1])])] == [1, 3, 2]
    assert [one for one, _ in fused([(1.0, [1, 2]), (0.5, [3, 2])])] == [2, 1, 3]
    assert fused([(1.0, [7])]) == [(7, 1 / 21)] and fused([]) == []
