"""Mechanical changes of a unit: each kind in the languages that have it, and what all candidates have in common."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postil.core.syntax.split import split_units
from postil.core.syntax.tree import error_count
from postil.core.verify.rewrites.mechanical import MOST, mechanical, table


def texts(code: str, language: str, name: str = "") -> list[str]:
    """The whole file with each candidate of its unit of this name in it."""
    lines = code.split("\n")
    unit = next(one for one in split_units(code, language) if name in one.name)
    return [
        "\n".join([*lines[: unit.first_line], candidate.text, *lines[unit.last_line :]])
        for candidate in mechanical(unit, lines)
    ]


PAIRS = [
    ("python", "def f(a, b):\n    return a < b", "def f(a, b):\n    return a <= b"),
    ("python", "def f(a, b):\n    return min(a, b)", "def f(a, b):\n    return max(a, b)"),
    ("python", "def f(a):\n    if a:\n        return 1", "def f(a):\n    if not (a):\n        return 1"),
    ("python", "def f(a):\n    return not a", "def f(a):\n    return  a"),
    ("python", "def f(a):\n    return a[1:]", "def f(a):\n    return a[0:]"),
    ("python", "def f(a):\n    return len(a)", "def f(a):\n    return len(a) - 1"),
    ("python", "def f(a, b):\n    return g(b, a)", "def f(a, b):\n    return g(a, b)"),
    ("python", "def f(day, year):\n    return day.year", "def f(day, year):\n    return year"),
    ("python", "def f(a, b):\n    return a.x + b.y", "def f(a, b):\n    return a.y + b.y"),
    (
        "python",
        "def f(a):\n    a = g(a)\n    b = h(a)\n    return b",
        "def f(a):\n    b = h(a)\n    a = g(a)\n    return b",
    ),
    ("python", "def f(总数):\n    return 总数 > 1", "def f(总数):\n    return 总数 >= 1"),
    ("javascript", "function f(a, b) {\n  return a === b;\n}", "function f(a, b) {\n  return a !== b;\n}"),
    ("javascript", "function f(a) {\n  if (a) g();\n}", "function f(a) {\n  if (!(a)) g();\n}"),
    ("javascript", "function f(a) {\n  return a ? 1 : 2;\n}", "function f(a) {\n  return !(a) ? 1 : 2;\n}"),
    ("typescript", "function f(a: T, b: T) {\n  g(a);\n}", "function f(a: T, b: T) {\n  g(b);\n}"),
    ("go", "func (t T) Set(n int) {\n\tt.n = n\n}", "func (t *T) Set(n int) {\n\tt.n = n\n}"),
    ("go", "func f(a, b bool) bool {\n\treturn a && b\n}", "func f(a, b bool) bool {\n\treturn a || b\n}"),
    ("rust", "fn f(a: u32) -> u32 {\n    g(a) + 1\n}", "fn f(a: u32) -> u32 {\n    g(a)\n}"),
]


@pytest.mark.parametrize(("language", "old", "new"), PAIRS)
def test_a_small_mistake_is_among_them(language: str, old: str, new: str) -> None:
    found = texts(old, language)
    assert new in found, "\n".join(found)


def test_a_field_that_the_file_declares_is_tried_and_another_method_is_not() -> None:
    code = (
        "@dataclass\nclass Order:\n    id: str\n    customer: str\n\n\ndef owner(order):\n    return order.strip().id\n"
    )
    found = texts(code, "python", "owner")
    assert any("order.strip().customer" in text for text in found)
    assert not any("order.id()" in text for text in found)


def test_the_likeliest_kinds_come_first() -> None:
    first = texts("def f(a, b, limit):\n    return a.size + b.left < limit\n", "python")[0]
    assert "-" in first or "<=" in first


def test_a_long_function_has_no_more_than_the_limit_and_nothing_twice() -> None:
    body = "\n".join(f"    v{number} = v{number - 1} + {number}" for number in range(1, 60))
    found = texts(f"def f(v0):\n{body}\n    return v59\n", "python")
    assert len(found) == MOST == len(set(found))


def test_a_number_that_python_cannot_read_is_left_alone() -> None:
    most, digits = sys.get_int_max_str_digits(), "9" * 700
    sys.set_int_max_str_digits(640)
    try:
        found = texts(f"def f(a):\n    return a < {digits}\n", "python")
    finally:
        sys.set_int_max_str_digits(most)
    assert any("<=" in text for text in found) and all(digits in text for text in found)


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("typescriptreact", "    <li className={a}><span>b</span></li>"),
        ("rust", "    let m: Vec<Option<Vec<u8>>> = Vec::<Option<Vec<u8>>>::new();"),
        ("typescript", "  const m: Map<string, Array<Set<number>>> = new Map<string, Array<Set<number>>>();"),
    ],
)
def test_the_brackets_of_tags_and_types_are_no_operators(language: str, line: str) -> None:
    head, tail = {"rust": ("fn f(a: u32) {", "}")}.get(language, ("function f(a) {", "}"))
    body = f"  return (<ul>\n{line}\n  </ul>);" if language == "typescriptreact" else line
    assert not [text for text in texts(f"{head}\n{body}\n{tail}\n", language) if ">=" in text or "<=" in text]


def test_without_a_grammar_there_is_none() -> None:
    assert texts("local x = 1 < 2\n", "lua") == []


def test_no_pair_is_a_token_with_itself() -> None:
    assert all(token not in others for token, others in table().items())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["a < b", "a.x", "b.y + 1", "g(a, b)", "not a", "[a, b]", "a and b"]), min_size=1, max_size=4
    )
)
def test_every_candidate_parses_and_changes_only_its_unit(expressions: list[str]) -> None:
    body = "\n".join(f"    c{number} = {text}" for number, text in enumerate(expressions))
    before, behind = "def above(a):\n    return a\n\n\n", "\n\n\ndef below(a):\n    return a\n"
    code = f"{before}def f(a, b):\n{body}\n    return c0{behind}"
    found = texts(code, "python", "f")
    assert found
    for text in found:
        assert text.startswith(before) and text.endswith(behind) and text != code
        assert not error_count(text, "python")
