"""Equal code is told from changed code, in every language with a grammar and without one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.syntax.tree import (
    GRAMMARS,
    dedent,
    error_count,
    new_errors,
    normal_tokens,
    parse,
    same_code,
    standalone,
)

LANGUAGES = (*GRAMMARS, "yaml", "c", "plaintext", "no-such-language")
SAME = [
    ("python", "x = (1)", "x = 1"),
    ("python", "f(a,)", "f(a)"),
    ("python", "f(a,\n  b)\n", "f(a, b)"),
    ("python", "x = 'a'", 'x = "a"'),
    ("python", "x = rb'a'", 'x = rb"a"'),
    ("python", "def f():\n  'd'\n  return 1", 'def f():\n    """e"""\n\n    return 1 # c'),
    ("python", "if a:\n\n    b()\n", "if a:\n  b()"),
    ("python", "x = [\n  1,\n  2,\n]", "x = [1, 2]"),
    ("javascript", "f(a,b)", "f(a,b,);"),
    ("javascript", "x='a'", 'x = "a";'),
    ("javascript", "let y = (1 + 2)", "let y = 1 + 2 // three"),
    ("javascriptreact", "const a = <p> hi  x </p>", "const a = <p>hi x</p>"),
    ("typescript", "if (x) { y }", "if(x){y;}"),
    ("typescriptreact", "const a = (<p/>)", "const a = <p />"),
    ("rust", "let v = f(1, 2);", "let v=f(\n  1,\n  2,\n);"),
    ("go", "package a\nfunc f() { g(1,\n2) }", "package a\nfunc f() {\n\tg(1, 2) // c\n}"),
    ("c", "int a;\n\n// c\nint  b;", "int a;\nint b;"),
    ("yaml", "a:\n  b: 1 ", "a:\n\n  b: 1"),
]
CHANGED = [
    ("python", "x = (1,)", "x = (1)"),
    ("python", "x[1,]", "x[1]"),
    ("python", "if a:\n  b\nc", "if a:\n  b\n  c"),
    ("python", "(a+b)*c", "a+b*c"),
    ("python", "a<b<c", "(a<b)<c"),
    ("python", "g(f'{a} {b}')", "g(f'{a}{b}')"),
    ("python", "x = '  '", "x = ' '"),
    ("python", "x = '\"'", 'x = "\'"'),
    ("python", "assert (x, 'm')", "assert x, 'm'"),
    ("python", "f'{a()}'", "pass"),
    ("python", "x = (1", "x = 1"),
    ("javascript", "return\nx", "return x"),
    ("javascript", "(a?.b).c", "a?.b.c"),
    ("javascript", "[1,,]", "[1,]"),
    ("javascript", "f`${a} ${b}`", "f`${a}${b}`"),
    ("javascript", "if(a);b", "if(a)b"),
    ("javascript", "f = () => {}", "f = () => ({})"),
    ("typescript", "let a: number = 1", "let a: string = 1"),
    ("rust", "(self.f)(x)", "self.f(x)"),
    ("rust", "fn f()->i32{x;}", "fn f()->i32{x}"),
    ("rust", "let a = (1,);", "let a = (1);"),
    ("rust", "let (a,) = b;", "let (a) = b;"),
    ("python", "(a,) = b", "(a) = b"),
    ("python", "a, = b", "a = b"),
    ("go", "package a\nvar x = a - b", "package a\nvar x = a + b"),
    ("c", "a = 1;", "a = 2;"),
    ("yaml", "a:\n  b: 1", "a:\nb: 1"),
]
ANY_TEXT = st.text() | st.text(st.sampled_from("(){}[]<>:;,.'\"`\\\n\t #/*=+-abdefclsx\0\ud800\r"))


@pytest.mark.parametrize(("language", "a", "b"), SAME)
def test_the_same_code(language: str, a: str, b: str) -> None:
    assert same_code(a, b, language)
    assert same_code(b, a, language)


@pytest.mark.parametrize(("language", "a", "b"), CHANGED)
def test_changed_code(language: str, a: str, b: str) -> None:
    assert not same_code(a, b, language)
    assert not same_code(b, a, language)


def test_docstrings_count_when_asked_for() -> None:
    a, b = 'def f():\n    "one"\n    return 1\n', 'def f():\n    "two"\n    return 1\n'
    assert same_code(a, b, "python")
    assert not same_code(a, b, "python", docstrings=True)
    assert normal_tokens(a, "python") == ["def", "f", "(", ")", ":", "return", "1"]
    assert '"one"' in normal_tokens(a, "python", docstrings=True)


@pytest.mark.parametrize(
    ("language", "good", "bad"),
    [
        ("python", "def f(a):\n    return a\n", "def f(a):\n    return (a\n"),
        ("javascript", "f(() => 1);", "f(() => 1;"),
        ("typescript", "let a: number = 1", "let a: = 1"),
        ("typescriptreact", "const a = <p>x</p>", "const a = <p>x</q"),
        ("go", "package a\nfunc f() {}", "package a\nfunc f() {"),
        ("rust", "fn f() -> i32 { 1 }", "fn f() -> { 1 }"),
    ],
)
def test_new_errors(language: str, good: str, bad: str) -> None:
    assert error_count(good, language) == 0
    assert new_errors(good, bad, language)
    assert not new_errors(bad, bad, language)
    assert not new_errors(bad, good, language)


def test_without_a_grammar_nothing_is_an_error() -> None:
    assert parse("a", "cobol") is None
    assert error_count("(", "cobol") is None
    assert not new_errors("", "(", "cobol")


@given(ANY_TEXT, ANY_TEXT, st.sampled_from(LANGUAGES))
def test_no_text_raises(a: str, b: str, language: str) -> None:
    assert same_code(a, a + "\n", language) in (True, False)
    assert same_code(a, b, language) == same_code(b, a, language)
    new_errors(a, b, language)
    normal_tokens(a, language)
    standalone(a, language, "method")


@pytest.mark.parametrize("language", GRAMMARS)
@pytest.mark.parametrize(
    "text", ["(" * 5_000, "[" * 5_000 + "]" * 5_000, "a + " * 5_000, "if a:\n" * 2_000, "{\n" * 2_000]
)
def test_deep_nesting_is_no_recursion(language: str, text: str) -> None:
    assert same_code(text, text + " ", language)
    normal_tokens(text, language)
    error_count(text, language)


def test_dedent_leaves_what_is_not_indented() -> None:
    assert dedent('    def f():\n        """a\nb"""\n\n        x\n') == 'def f():\n    """a\nb"""\n\n    x\n'
    assert dedent("\tx\n\t\ty") == "x\n\ty"
    assert dedent("x\n  y") == "x\n  y"
    assert dedent("") == ""
