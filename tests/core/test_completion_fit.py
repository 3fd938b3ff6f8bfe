"""An infill fitted to what stands around the cursor."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.completion.fit import Insertion, fit, reindented, remaining
from postil.core.completion.place import Place, balance


@pytest.mark.parametrize(
    ("head", "text", "tail", "line"),
    [
        ("foo(", "a, b", ")", "foo(a, b)"),
        ("foo(", "a, b)", ")", "foo(a, b)"),
        ("foo(bar(", "x)", "))", "foo(bar(x))"),
        ("foo(bar(", "x))", "))", "foo(bar(x))"),
        ("foo(bar(", "x", "))", "foo(bar(x))"),
        ("foo(", "bar(x)", ")", "foo(bar(x))"),
        ("foo(", "bar(x)) + 1", ")", "foo(bar(x)) + 1"),
        ("foo(", "a);", ");", "foo(a);"),
        ("    a, b", ", c", ")", "    a, b, c)"),
        ('print("', 'hello")', '")', 'print("hello")'),
        ('print("', "hello", '")', 'print("hello")'),
        ("x = [", "1, 2]", "]", "x = [1, 2]"),
        ("def f(a", ", b: int) -> int:", ") -> int:", "def f(a, b: int) -> int:"),
        ("if (a", " && b) {", ") {", "if (a && b) {"),
        # Tails of brackets, quotes and angle brackets mixed.
        ('print(f"{', 'name}")', '}")', 'print(f"{name}")'),
        ('print(f"{', 'name}"', '}")', 'print(f"{name}")'),
        ('print(f"{', "name}", '}")', 'print(f"{name}")'),
        ('print(f"{', "name", '}")', 'print(f"{name}")'),
        ('print(f"{', "name!r}", '}")', 'print(f"{name!r}")'),
        ('print(f"{', 'a} and {b}")', '}")', 'print(f"{a} and {b}")'),
        ("const s = `${", "name}`", "}`", "const s = `${name}`"),
        ("const s = `${", "name}`;", "}`;", "const s = `${name}`;"),
        ("const s = `${", "name", "}`;", "const s = `${name}`;"),
        ("const s = `", "a ${b}`", "`", "const s = `a ${b}`"),
        ('    """', 'The sum."""', '"""', '    """The sum."""'),
        ('    """', "The sum.", '"""', '    """The sum."""'),
        ("    '''", "The sum.'''", "'''", "    '''The sum.'''"),
        ('    """', 'The sum.\n\n    More.\n    """', '"""', '    """The sum.\n\n    More.\n    """'),
        ('<a href="', 'https://a.b">', '">', '<a href="https://a.b">'),
        ('<a href="', 'https://a.b"', '">', '<a href="https://a.b">'),
        ('<a href="', "https://a.b", '">', '<a href="https://a.b">'),
        ('<a href="', 'https://a.b">link</a>', '">', '<a href="https://a.b">link</a>'),
        ('<input value="', 'x" />', '" />', '<input value="x" />'),
        ("<p>", "text</p>", "</p>", "<p>text</p>"),
        ("let v: Vec<", "u8>", ">", "let v: Vec<u8>"),
        ("let v: Vec<", "u8", ">", "let v: Vec<u8>"),
        ("let v: Vec<", "Option<u8>>", ">", "let v: Vec<Option<u8>>"),
        ("let v: Vec<", "Option<u8>", ">", "let v: Vec<Option<u8>>"),
        ("new Map<string, ", "number>()", ">()", "new Map<string, number>()"),
        ("new Map<string, ", "number", ">()", "new Map<string, number>()"),
        ("new Map<string, ", "Set<number>", ">()", "new Map<string, Set<number>>()"),
        ("new Map<string, ", "Set<number>>()", ">()", "new Map<string, Set<number>>()"),
        ("new Map<string, ", "number>();", ">();", "new Map<string, number>();"),
        ('x = {"', 'a": 1}', '"}', 'x = {"a": 1}'),
        ("    'key': [", "1, 2],", "],", "    'key': [1, 2],"),
        ("items.map((x) => ", "x + 1);", ");", "items.map((x) => x + 1);"),
        ("items.map((x) => ", "f(x)", ");", "items.map((x) => f(x));"),
        ("{{ ", "user.name }}", " }}", "{{ user.name }}"),
        ("<%= ", "user.name %>", " %>", "<%= user.name %>"),
        ("f('", "it')", "')", "f('it')"),
        ('re.compile(r"', '[a-z]+")', '")', 're.compile(r"[a-z]+")'),
        ("d[", '"key"]', "]", 'd["key"]'),
        ("d[", 'e["key"]', "]", 'd[e["key"]]'),
    ],
)
def test_nothing_is_closed_twice(head: str, text: str, tail: str, line: str) -> None:
    found = fit(text, Place(head, tail, "", "javascript"))
    assert found is not None
    assert head + found.text + tail[found.covers :] == line


def test_nothing_is_nothing() -> None:
    assert fit("  \n ", Place("x", "", "", "python")) is None
    assert fit(") -> int:", Place("def f(a", ") -> int:", "", "python")) is None


def test_what_is_typed_along_is_left_out() -> None:
    assert remaining("return x", "ret", starts_line=False) == "urn x"
    assert remaining("return x", "rex", starts_line=False) is None
    assert remaining("return x", "return x", starts_line=False) == ""


@pytest.mark.parametrize(
    ("answer", "typed", "left"),
    [
        ("    return x", "    ", "return x"),
        ("    return x", "  ", "  return x"),
        ("    return x", "    ret", "urn x"),
        ("return x\nif a:\n    b", "    ", "return x\n    if a:\n        b"),
        ("return x", "    ret", "urn x"),
        ("\treturn x", "    ", "return x"),
        ("    return x", "", "    return x"),
    ],
)
def test_the_users_indentation_counts(answer: str, typed: str, left: str) -> None:
    assert remaining(answer, typed, starts_line=True) == left


def test_no_indentation_is_added_to_a_blank_line() -> None:
    assert reindented("a\n\nb", "  ") == "a\n\n  b"


TAILS = st.sampled_from(
    ['}")', "}`", '"""', '">', ">", ">()", "))", ")", '")', "];", "},", "')", "}}", " />", "", "/>", ")}"]
)


@given(st.sampled_from(["f(", "x = [", 'g(f"{', "`${", "Vec<", "a"]), st.text("ab1 .+", min_size=1, max_size=8), TAILS)
def test_the_tail_stays_once_whether_the_model_repeats_it_or_not(head: str, words: str, tail: str) -> None:
    words = "w" + words.strip() + "w"
    plain = fit(words, Place(head, tail, "", "javascript"))
    assert plain is not None and head + plain.text + tail[plain.covers :] == head + words + tail
    if tail in ("", "/>", " />") or not head.endswith(("(", "[", "{", "<")):
        return
    closes = {"f(": ")", "x = [": "]", 'g(f"{': '}")', "`${": "}`", "Vec<": ">"}[head]
    again = fit(words + closes, Place(head, closes, "", "javascript"))
    assert again is not None and head + again.text + closes[again.covers :] == head + words + closes


@given(st.text("ab({[<>\"'` ", max_size=12), st.text("ab)}]>\"'`;, ", min_size=1, max_size=12), TAILS)
def test_no_character_is_lost_that_the_answer_does_not_have(head: str, text: str, tail: str) -> None:
    found = fit(text, Place(head, tail, "", "javascript"))
    if found is None:
        return
    eaten = [char for char in tail[: found.covers] if not char.isspace()]
    left = iter(found.text)
    assert all(char in left for char in eaten)


CODE = st.text(st.sampled_from("ab(){}[]'\" ,;:="), max_size=30)


@given(CODE, CODE, CODE)
def test_an_insertion_never_makes_brackets_worse(head: str, text: str, tail: str) -> None:
    place = Place(head, tail, "", "javascript")
    found = fit(text, place)
    if found is None:
        return
    assert 0 <= found.covers <= len(tail)
    assert text.rstrip().startswith(found.text)

    def closed(line: str) -> int:
        return sum(1 for bracket in balance(line) if bracket in ")]}")

    kept = head + found.text + tail[found.covers :]
    assert closed(kept) <= closed(head + found.text + tail) or found == Insertion(found.text, found.covers)
