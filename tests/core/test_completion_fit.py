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
        # Closers of the answer's own, where the line has the same ones.
        ('print(f"{len(', "get(x)", ')}")', 'print(f"{len(get(x))}")'),
        ("const s = `${f(", "g(y)", ")}`", "const s = `${f(g(y))}`"),
        ("    x, ", "g(y)", ")", "    x, g(y))"),
        ("    x, ", "y)", ")", "    x, y)"),
        ('x = "', 'a" + "b', '"', 'x = "a" + "b"'),
        ("[link](", "http://a.b/c_(d)", ")", "[link](http://a.b/c_(d))"),
        ("<div>", "a</div><div>b", "</div>", "<div>a</div><div>b</div>"),
        ('s = f"{x:', ">10", '}"', 's = f"{x:>10}"'),
        ("return (", "a > b", ")", "return (a > b)"),
        # The answer goes on behind what it closes.
        ("let v: Vec<", "i32> = Vec::new();", ">", "let v: Vec<i32> = Vec::new();"),
        ("foo(() => {", "\n  x();\n});", "})", "foo(() => {\n  x();\n});"),
        ('cout << "', 'hi" << endl;', '";', 'cout << "hi" << endl;'),
        ("    '", "a' + 'b'", "'", "    'a' + 'b'"),
        # It goes on otherwise than the line does: what the user has there stays.
        ('<a href="', '/home">Home</a>', '">link</a>', '<a href="/home">link</a>'),
        # No quotes: an apostrophe, and what Rust calls a lifetime.
        ("# don't use f(", "x)", ")", "# don't use f(x)"),
        ("<p>don't <b>", "x</b></p>", "</b></p>", "<p>don't <b>x</b></p>"),
        # Only a part of the rest is repeated.
        ("<div>", "text</di", "</div>", "<div>text</div>"),
        ('    """', 'The sum.""', '"""', '    """The sum."""'),
        ("for (", "let i = 0; i++", " i++) {", "for (let i = 0; i++) {"),
        ("{% if ", "user %", " %}", "{% if user %}"),
        ("<!-- ", "todo --", " -->", "<!-- todo -->"),
        ("x = /", "ab+/g", "/g;", "x = /ab+/g;"),
        ("def f(a", ", b: int) -> dict[str, i", ") -> dict[str, int]:", "def f(a, b: int) -> dict[str, int]:"),
        # It is repeated in other white space: the user's stays.
        ("let v: Map<string, ", "number>= new Map();", "> = new Map();", "let v: Map<string, number> = new Map();"),
        ('cout << "', 'hi"<< endl;', '" << endl;', 'cout << "hi" << endl;'),
        ("for (let i = 0; i < ", "n;++i) {", "; ++i) {", "for (let i = 0; i < n; ++i) {"),
        ("const {", "a, b }= props;", " } = props;", "const {a, b } = props;"),
        ("<!-- ", "todo-->", " -->", "<!-- todo -->"),
        ('$a["', 'k"]=1;', '"] = 1;', '$a["k"] = 1;'),
        ("make(chan ", "int,1)", ", 1)", "make(chan int, 1)"),
        ('raise Error(f"bad {', 'x!r}")  from None', '}") from None', 'raise Error(f"bad {x!r}") from None'),
    ],
)
def test_nothing_is_closed_twice(head: str, text: str, tail: str, line: str) -> None:
    found = fit(text, Place(head, tail, "", "javascript"))
    assert found is not None
    assert head + found.text + tail[found.covers :] == line


def test_nothing_is_nothing() -> None:
    assert fit("  \n ", Place("x", "", "", "python")) is None
    assert fit(") -> int:", Place("def f(a", ") -> int:", "", "python")) is None


TALK = [
    "Sure! Here is the code:\n```python\nsum(prices)\n```",
    "Here's the completed line:",
    "I'm sorry, but I can't help with that.",
    "I cannot complete this code.",
    "As an AI language model",
    "The missing code is:\nsum(prices)",
    "```python\nsum(prices)\n```",
    "```python",
    "<tool_call>\n{}\n</tool_call>",
    '{"name": "edit_file", "arguments": {}}',
    "[TOOL_CALLS][]",
    "### Response:\nsum(prices)",
    "[INST] x",
    "<CURSOR>sum(prices)",
    "The total should be the sum of prices.",
]


@pytest.mark.parametrize("text", TALK)
def test_what_is_no_code_is_not_inserted(text: str) -> None:
    assert fit(text, Place("    total = ", "", "", "python")) is None


@pytest.mark.parametrize(
    ("head", "text", "language"),
    [
        ("", "Here is the list:", "markdown"),
        ("", "```python\nx = 1", "markdown"),
        ('    "', "Sure, why", "python"),
        ("    # ", "I can't say", "python"),
        ("x = ", '{"name": "Ann", "age": 3}', "python"),
        ("const s = `", "Sure!`", "javascript"),
        ("", "hereafter = 1", "python"),
        ("    ", "The total should be the sum of prices.", "python"),
    ],
)
def test_the_users_own_words_are_inserted(head: str, text: str, language: str) -> None:
    assert fit(text, Place(head, "", "", language)) == Insertion(text)


@pytest.mark.parametrize(
    ("head", "text", "line"),
    [
        ("    total = ", "    total = sum(prices)", "    total = sum(prices)"),
        ("    total = ", "total = sum(prices)", "    total = sum(prices)"),
        ("    total =", " total = sum(prices)", "    total = sum(prices)"),
        ("  return ", "return x", "  return x"),
        ("const a: number = ", "const a: number = 1;", "const a: number = 1;"),
        ("def f(a", "def f(a, b):", "def f(a, b):"),
        # These may come twice.
        ("foo(", "foo(x)", "foo(foo(x)"),
        ("    1, 1, ", "1, 1, 2", "    1, 1, 1, 1, 2"),
        ("if x == ", "x == 1", "if x == x == 1"),
    ],
)
def test_the_lines_beginning_comes_once(head: str, text: str, line: str) -> None:
    found = fit(text, Place(head, "", "", "python"))
    assert found is not None and head + found.text == line


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


# What opens something and what closes it: around code, and around text.
CODE_LAYERS = [
    ("f(", ")"), ("x[", "]"), ("{a: ", "}"), ('g(f"{', '}")'), ("`${", "}`"), ("Vec<", ">"), ("Map<string, ", ">()"),
    ("{{ ", " }}"), ("<% ", " %>"), ("<Foo a={", "} />"), ("if (", ") {"), ("(", "),"), ("(", ");"),
]  # fmt: skip
TEXT_LAYERS = [
    ('"', '"'), ("'", "'"), ("`", "`"), ('"""', '"""'), ("'''", "'''"), ('<a href="', '">'), ("<b>", "</b>"),
    ("<!-- ", " -->"), ("/* ", " */"), ('("', '");'),
]  # fmt: skip
CODE_ANSWERS = ["name", "g(y)", "a[0]", "x + 1", "a, b", "f(g(x))", "{b: 1}"]
TEXT_ANSWERS = ["words", "two words", "a (b) c", "a.b/c", "{x}"]


@given(st.lists(st.sampled_from(CODE_LAYERS), max_size=3), st.sampled_from([None, *TEXT_LAYERS]), st.data())
def test_the_rest_of_the_line_comes_once_however_much_of_it_the_model_writes(
    layers: list[tuple[str, str]], text: tuple[str, str] | None, data: st.DataObject
) -> None:
    layers = [*layers, text] if text else layers
    head, tail = "".join(opens for opens, _ in layers), "".join(closes for _, closes in reversed(layers))
    answer = data.draw(st.sampled_from(TEXT_ANSWERS if text else CODE_ANSWERS))
    written = answer + tail[: data.draw(st.integers(0, len(tail)))]
    found = fit(written, Place(head, tail, "", "javascript"))
    assert found is not None
    assert head + found.text + tail[found.covers :] == head + answer + tail, written


TAILS = st.sampled_from(['}")', "}`", '"""', '">', ">", ">()", "))", '")', "];", "},", "}}", " />", "", ")}"])


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
    # Where the tail is repeated in other white space, it has the tail's.
    assert "".join(text.split()).startswith("".join(found.text.split()))

    def closed(line: str) -> int:
        return sum(1 for bracket in balance(line) if bracket in ")]}")

    kept = head + found.text + tail[found.covers :]
    assert closed(kept) <= closed(head + found.text + tail) or found == Insertion(found.text, found.covers)
