"""Rewrites that surely mean the same, and those that only look it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.review import same_meaning as meaning
from postil.core.review.same_meaning import same_meaning

SOURCES = sorted(Path(meaning.__file__).parent.glob("*.py"))

SAME = {
    "layout, quotes and comments": ("a = f( 'x',\n  1)  # now", 'a = f("x", 1)'),
    "brackets": ("a = (b + c)", "a = b + c"),
    "a docstring": ('def f():\n    """Now."""\n    return 1', "def f():\n    return 1"),
    "pass beside a docstring": ("class A:\n    pass", 'class A:\n    """Empty."""'),
    "what is said when it fails": ("raise ValueError('a')", "raise ValueError(f'b {c}')"),
    "where it comes from": ("raise A(1) from error", "raise A(1)"),
    "else behind a return": ("if a:\n    return 1\nelse:\n    return 2", "if a:\n    return 1\nreturn 2"),
    "elif behind a return": (
        "if a:\n    return 1\nelif b:\n    return 2\nelse:\n    return 3",
        "if a:\n    return 1\nif b:\n    return 2\nreturn 3",
    ),
    "else behind branches that both leave": (
        "if a:\n    if b:\n        return 1\n    else:\n        raise A\nelse:\n    return 2",
        "if a:\n    if b:\n        return 1\n    raise A\nreturn 2",
    ),
    "else behind continue": (
        "for a in b:\n    if a:\n        continue\n    c()",
        "for a in b:\n    if a:\n        continue\n    else:\n        c()",
    ),
    "an else that does nothing": ("if a:\n    b()\nelse:\n    pass", "if a:\n    b()"),
    "the short assignment": ("total = total - x * 2", "total -= x * 2"),
    "not in": ("if not a in b:\n    c()", "if a not in b:\n    c()"),
    "is not": ("a = not b is None", "a = b is not None"),
    "unequal": ("a = not b == c", "a = b != c"),
    "not unequal": ("a = not b != c", "a = b == c"),
    "annotations": ("def f(a: int, *b: str, c: A = 1) -> int:\n    d: int = 1", "def f(a, *b, c=1):\n    d = 1"),
    "annotations of a coroutine": ("async def f() -> int:\n    a()", "async def f():\n    a()"),
    "a format string without a field": ("a = f'x'", "a = 'x'"),
}

OTHER = {
    "an operator": ("a = b + c", "a = b - c"),
    "a comparison": ("a = b < c", "a = b <= c"),
    # Not the same for values without an order (NaN, sets).
    "not less": ("a = not b < c", "a = b >= c"),
    "a chain": ("a = not b == c == d", "a = b != c != d"),
    "what follows in a chain": ("a = not b == c == d", "a = not b == c != d"),
    "the order": ("a = b or c", "a = c or b"),
    "a number's type": ("a = 1", "a = 1.0"),
    "a truth value": ("a = 1", "a = True"),
    "bytes": ("a = b'x'", "a = 'x'"),
    "a field of a format string": ("a = f'{x}'", "a = '{x}'"),
    "a name": ("f(a)", "f(b)"),
    "a default": ("def f(a=1):\n    b()", "def f(a=2):\n    b()"),
    "a parameter's kind": ("def f(a, b):\n    c()", "def f(a, *, b):\n    c()"),
    "the kind of a failure": ("raise ValueError('a')", "raise TypeError('a')"),
    "what is raised again": ("raise", "raise error"),
    "else behind a branch that goes on": ("if a:\n    b()\nelse:\n    c()", "if a:\n    b()\nc()"),
    "a branch that leaves only sometimes": (
        "if a:\n    if b:\n        return 1\nelse:\n    c()",
        "if a:\n    if b:\n        return 1\nc()",
    ),
    "a branch whose else alone leaves": (
        "if a:\n    if b:\n        d()\n    else:\n        return 1\nelse:\n    c()",
        "if a:\n    if b:\n        d()\n    else:\n        return 1\nc()",
    ),
    "a loop's else": (
        "for a in b:\n    if a:\n        break\nelse:\n    c()",
        "for a in b:\n    if a:\n        break\nc()",
    ),
    "a statement outside of its branch": ("if a:\n    b()\n    c()", "if a:\n    b()\nc()"),
    "what is handled": ("try:\n    a()\nexcept B:\n    c()", "try:\n    a()\nexcept C:\n    c()"),
    "the other side of an assignment": ("total = x - total", "total -= x"),
    "another one's sum": ("total = other - x", "total -= x"),
    "a coroutine": ("async def f():\n    a()", "def f():\n    a()"),
    "await": ("async def f():\n    await a()", "async def f():\n    a()"),
    "a missing statement": ("a()\nb()", "a()"),
    "a call without its brackets": ("a()", "a"),
    "an index": ("a = b[0]", "a = b[-1]"),
    "a slice": ("a = b[1:]", "a = b[:1]"),
    "a returned value": ("def f():\n    return a", "def f():\n    a"),
    "a text's inside": ("a = 'x  y'", "a = 'x y'"),
}

BROKEN = ["def f(:", "if a:\nb()", "a = (", "\0", "return = 1", "'open", "\ta\n  b", "a = '\ud800'", "-" * 20_000 + "1"]
# It parses, but so deep that nobody can compare it.
BROKEN.append("a" + ".a" * 1_500)


@pytest.mark.parametrize(("a", "b"), SAME.values(), ids=SAME)
def test_the_same(a: str, b: str) -> None:
    assert same_meaning(a, b) and same_meaning(b, a)


@pytest.mark.parametrize(("a", "b"), OTHER.values(), ids=OTHER)
def test_another(a: str, b: str) -> None:
    assert not same_meaning(a, b) and not same_meaning(b, a)


@pytest.mark.parametrize("text", [side for pair in (*SAME.values(), *OTHER.values()) for side in pair])
def test_the_cases_parse(text: str) -> None:
    ast.parse(text)
    assert same_meaning(text, text)


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
def test_what_does_not_parse_is_never_the_same(text: str) -> None:
    assert not same_meaning(text, text)
    assert not same_meaning(text, "a = 1") and not same_meaning("a = 1", text)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_whole_file_is_the_same_as_itself_written_otherwise(source: Path) -> None:
    text = source.read_text(encoding="utf-8")
    assert same_meaning(text, text)
    assert same_meaning(text, ast.unparse(ast.parse(text)))
    assert not same_meaning(text, text + "\nprint(1)\n")


def expressions() -> st.SearchStrategy[str]:
    leaves = st.sampled_from(["a", "b", "1", "'x'", "None", "(not a)"])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["+", "-", "==", "!=", "in", "not in", "is", "and"]), inner).map(
                lambda parts: f"({' '.join(parts)})"
            ),
            inner.map(lambda one: f"(not {one})"),
            st.tuples(inner, inner).map(lambda two: f"f({two[0]}, {two[1]})"),
        ),
        max_leaves=8,
    )


@given(expressions())
def test_any_expression_is_the_same_as_itself_and_never_its_opposite(text: str) -> None:
    assert same_meaning(f"a = {text}", f"a = {text}")
    assert not same_meaning(f"if {text}:\n    b()", f"if not ({text}):\n    b()")


@given(st.text(max_size=30))
def test_any_text_is_the_same_as_itself_exactly_when_it_parses(text: str) -> None:
    try:
        ast.parse(text)
        parses = True
    except (SyntaxError, ValueError):
        parses = False
    assert same_meaning(text, text) is parses
