"""A file falls into units that can be reviewed by themselves."""

from __future__ import annotations

import ast
import inspect
import time
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.syntax.split import MAX_UNIT_LINES, WINDOW_LINES, split_units
from postil.core.syntax.tree import GRAMMARS, error_count, standalone
from postil.core.syntax.units import Unit
from postil.core.text.positions import split_lines

# In each story the lines of a unit carry its number, and its head a `^` too; `.` is in no unit.
STORIES = {
    "python": (
        """\
. #!/usr/bin/env python
. \"""Docs.\"""
. from __future__ import annotations
.
. import os
.
. __all__ = ["f"]
1 LIMIT = 3  # a comment beside code doesn't hide it
1 TABLE = {
1     1: 2,
1 }
.
.
2^# What f is for.
2^@cache
2^@other(
2^    1,
2^)
2^async def f(
2^    a: int,
2^) -> int:
2^    \"""Docs
2^
2^    of f.\"""
2
2     def inner():
2         return a
2     return inner()
.
. def stub() -> None: ...
.
. @dataclass
. class Idle:
.     \"""Only fields.\"""
.     a: int
.
3^@dataclass
3^class A(Base):
3^    \"""Docs.\"""
3
3     b: int
3     c: int = 1
.
4^    def m(self):
4         return self.b
.
5     d = 2
.
.     class Inner:
6         def n(self): return 1
.
7 if LIMIT:
7     print(1)
.
. if __name__ == "__main__":
.     f(1)
""",
        ["module", "f", "A", "A.m", "A", "A.Inner.n", "module"],
    ),
    "typescriptreact": (
        """\
. import React from "react";
. /** docs */
1^@Injectable({
1^  a: 1,
1^})
1^export class Svc {
1   private x: number;
1   y = 3;
2   static z = () => { return 1; };
.
3^  /** doc
3^   * more */
3^  @Input({
3^    b: 2,
3^  })
3^  public async run(a: string,
3^    b: number): Promise<void> {
3     await a;
3   }
.   abstract q(): void;
. }
. interface I { a: string }
. export type T = { b: number };
. declare function foo(a: string): void;
4^export const Comp: React.FC<P> = ({ a, b }) => {
4     return <div>{a}</div>;
4 };
5^export default function () {
5   return 2;
5 }
. export { a, b };
. namespace N {
6^  export function f() {
6     return 1;
6   }
. }
7 enum E { A, B }
""",
        ["Svc", "Svc.z", "Svc.run", "Comp", "default", "N.f", "module"],
    ),
    "javascript": (
        """\
. // @flow
. import a from "a";
1 const x = 1;
.
2^function* gen() {
2   yield 1;
2 }
3^exports.foo = async function (a) {
3   return a;
3 };
4^Thing.prototype.bar = (a) =>
4   a + 1;
5 describe("x", () => {
5   it("y", () => { expect(1).toBe(1); });
5 });
""",
        ["module", "gen", "exports.foo", "Thing.prototype.bar", "module"],
    ),
    "go": (
        """\
. // Package a
. package a
.
. import "fmt"
.
. type T[K any] struct{ x int }
.
1 var Global = map[string]int{
1 	"a": 1,
1 }
.
2^// F does.
2^func (t *T[K]) F(a int,
2^	b int) int {
2 	return a + b
2 }
3 func G(k int) { fmt.Println(k) }
. func empty() {}
""",
        ["module", "T.F", "G"],
    ),
    "rust": (
        """\
. //! crate docs
. use std::fmt;
. mod other;
.
. /// A point
. #[derive(Debug)]
. pub struct P { x: i32 }
.
1 const MAX: usize = 10;
.
2^/// docs
2^#[inline]
2^pub fn f<T>(a: T) -> T
2^where T: Clone,
2^{
2     a.clone()
2 }
.
3^impl fmt::Display for P {
3     const K: u8 = 1;
4^    // c
4^    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
4         write!(f, "{}", self.x)
4     }
. }
. trait Tr {
.     fn a(&self);
5^    fn b(&self) -> i32 {
5         1
5     }
. }
. #[cfg(test)]
. mod tests {
.     use super::*;
6^    #[test]
6^    fn t() {
6         assert_eq!(f(1), 1);
6     }
. }
""",
        ["module", "f", "P", "P.fmt", "Tr.b", "tests.t"],
    ),
    "c": ("1 int a;\n1\n1 // a comment\n1 int b;\n", ["lines 1–4"]),
}


def code_of(story: str) -> str:
    """The code begins in the third column."""
    return "\n".join(row[2:] for row in story.splitlines())


@pytest.mark.parametrize("language", STORIES)
def test_outline(language: str) -> None:
    story, names = STORIES[language]
    rows = story.splitlines()
    text = code_of(story)
    units = split_units(text, language)
    drawn = []
    for number, row in enumerate(rows):
        at = next((i for i, unit in enumerate(units, 1) if unit.first_line <= number < unit.last_line), None)
        head = at is not None and number - units[at - 1].first_line < units[at - 1].head_lines
        drawn.append(f"{at or '.'}{'^' if head else ' '}{row[2:]}".rstrip())
    assert "\n".join(drawn) == "\n".join(row.rstrip() for row in rows)
    assert [unit.name for unit in units] == names
    check(units, text)


def test_kinds() -> None:
    text = "a = 1\nclass A:\n    b = 2\n    def m(self):\n        return 3\ndef f():\n    return 4\n"
    assert [unit.kind for unit in split_units(text, "python")] == ["module", "class-head", "method", "function"]
    rust = "mod m { fn f() { 1 } }\nimpl A { fn g() { 2 } }"
    assert [(unit.kind, unit.name) for unit in split_units(rust, "rust")] == [("function", "m.f"), ("method", "A.g")]


def check(units: list[Unit], text: str) -> None:
    """What is true of the units of any text."""
    lines = split_lines(text)
    free = 0
    for unit in units:
        assert free <= unit.first_line < unit.last_line <= len(lines)
        assert unit.lines == lines[unit.first_line : unit.last_line]
        assert 0 <= unit.head_lines < len(unit.lines)
        assert unit.text.startswith(unit.head)
        assert len(unit.lines) <= MAX_UNIT_LINES
        assert unit.name
        assert len(unit.digest) == 32
        free = unit.last_line


LANGUAGES = (*GRAMMARS, "c", "yaml", "plaintext", "")
TOKENS = """
def class if else : ; { } ( ) [ ] => = , . @ # // /* */ \"\"\" ' ` ${ func fn impl mod trait type struct interface
export default async function const let return import pass #[x] <p> </p> a b 1 \0 \\
"""
SPACES = ["\n"] * 8 + ["    "] * 4 + ["\t", "\r\n", "\r", "\x0c", "\u2028", "é😀", "\ud800"]
WORDS = st.sampled_from(TOKENS.split() + SPACES)


@given(st.text() | st.lists(WORDS, max_size=60).map(" ".join), st.sampled_from(LANGUAGES))
def test_any_text_in_any_language(text: str, language: str) -> None:
    check(split_units(text, language), text)


FRAGMENTS = {
    "python": [
        "def f{}(a):\n    if a:\n        return 1\n\n    return 2",
        "class C{}:\n    x = 1\n\n    def m(self):\n        return self.x\n\n    y = 2",
        "K{} = 1",
        "@d\nasync def g{}():\n    await x",
        "for i in range(3):\n    print(i, {})",
        "def broken{}(:\n    return (1",
    ],
    "javascript": [
        "function f{}(a) {{\n  return a;\n}}",
        "class C{} {{\n  x = 1;\n  m() {{\n    return 1;\n  }}\n}}",
        "const k{} = (a) => {{\n  return a;\n}};",
        "let v{} = 1;",
        "broken{}(((;",
    ],
    "go": ["func F{}(a int) int {{\n\treturn a\n}}", "var V{} = 1", "func (t T) M{}() {{\n\tt.x()\n}}", "func {}("],
    "rust": [
        "fn f{}(a: i32) -> i32 {{\n    a\n}}",
        "impl T{} {{\n    fn m(&self) -> i32 {{\n        1\n    }}\n}}",
        "mod m{} {{\n    const A: u8 = 1;\n    fn f() -> i32 {{ 1 }}\n}}",
        "static S{}: u8 = 1;",
        "fn {}(((",
    ],
}


@given(st.data())
def test_no_row_of_code_is_lost(data: st.DataObject) -> None:
    language = data.draw(st.sampled_from(sorted(FRAGMENTS)))
    chosen = data.draw(st.lists(st.sampled_from(FRAGMENTS[language]), max_size=12))
    gaps = data.draw(st.lists(st.integers(0, 3), min_size=len(chosen), max_size=len(chosen)))
    text = "".join(piece.format(n) + "\n" * (gap + 1) for n, (piece, gap) in enumerate(zip(chosen, gaps, strict=True)))
    units = split_units(text, language)
    check(units, text)
    covered = {row for unit in units for row in range(unit.first_line, unit.last_line)}
    # Heads of classes without a field of their own, and their closing brackets, are in no unit.
    for row, line in enumerate(split_lines(text)):
        if any(char.isalnum() for char in line) and not line.startswith(("class", "impl", "mod")):
            assert row in covered, (row, line, text)


MODULES = ("textwrap", "csv", "argparse", "subprocess", "dataclasses", "json.decoder", "asyncio.locks", "enum", "ast")


@pytest.mark.parametrize("name", MODULES)
def test_the_standard_library_as_pythons_own_parser_sees_it(name: str) -> None:
    text = inspect.getsource(import_module(name))
    units = split_units(text, "python")
    check(units, text)
    lines = split_lines(text)
    at = {row: unit for unit in units for row in range(unit.first_line, unit.last_line)}
    for node in outline(ast.parse(text)):
        body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
        idle = all(isinstance(part, ast.Pass) or is_constant(part) for part in body)
        assert node.end_lineno is not None
        long = node.end_lineno - node.lineno >= MAX_UNIT_LINES - 20
        if idle or long:
            continue
        unit = at[node.lineno - 1]
        behind = lines[node.end_lineno : unit.last_line]
        assert all(not line.strip() or line.lstrip().startswith("#") for line in behind)
        decorated = min((part.lineno for part in node.decorator_list), default=node.lineno) - 1
        assert unit.first_line <= decorated
        assert unit.name.split(".")[-1] == node.name
        assert all(line.lstrip().startswith("#") for line in lines[unit.first_line : decorated])
        # Between the head and the first statement that isn't in it there are comments and blank lines only.
        code = body[0].lineno - 1
        arguments = [part.end_lineno or 0 for part in ast.walk(node.args) if isinstance(part, ast.expr | ast.arg)]
        signature = max([node.lineno, *arguments])
        if code >= signature:
            between = lines[unit.first_line + unit.head_lines : code]
            assert unit.head_lines
            assert all(not line.strip() or line.lstrip().startswith("#") for line in between)
        assert error_count(standalone(unit.text, "python", unit.kind), "python") == 0


def outline(tree: ast.Module | ast.ClassDef) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    found: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.append(node)
        elif isinstance(node, ast.ClassDef):
            found += outline(node)
    return found


def is_constant(node: ast.stmt) -> bool:
    """A docstring or `...`."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("javascript", "class A {\n  x = 1;\n\n  m(a) {\n    return a;\n  }\n\n  y = 2;\n}"),
        (
            "typescript",
            "class A {\n  constructor(private a: number) {\n    this.b = a;\n  }\n  get v() { return 1; }\n}",
        ),
        (
            "rust",
            "impl<T> A<T> {\n    const K: u8 = 1;\n    fn m(&self) -> u8 {\n        1\n    }\n    const L: u8 = 2;\n}",
        ),
        ("go", "package a\nfunc (t *T) F() int {\n\treturn 1\n}"),
        ("python", "class A:\n    b = 1\n    def m(self):\n        return 1"),
    ],
)
def test_a_unit_stands_alone(language: str, text: str) -> None:
    assert error_count(text, language) == 0
    for unit in split_units(text, language):
        assert error_count(standalone(unit.text, language, unit.kind), language) == 0, unit


def test_a_long_function_is_cut_where_its_statements_begin() -> None:
    block = "    if a:\n        b = '''\ntext\n'''\n        c(\n            1,\n        )\n\n"
    text = "def f(a):\n" + block * 60
    units = split_units(text, "python")
    check(units, text)
    assert len(units) >= 4
    assert [unit.name for unit in units] == [f"f ({n}/{len(units)})" for n in range(1, len(units) + 1)]
    assert "".join(unit.text + "\n" for unit in units).rstrip() == text.rstrip()
    assert all(unit.lines[0].startswith("    if a:") for unit in units[1:])
    assert [unit.head_lines for unit in units] == [1] + [0] * (len(units) - 1)


def test_a_long_statement_is_looked_into() -> None:
    test = "  it('x', () => {\n    expect(1).toBe(1);\n  });\n"
    text = "describe('all', () => {\n" + test * 20 + "  function help(a) {\n    return a;\n  }\n" + test * 30 + "});\n"
    names = [unit.name for unit in split_units(text, "javascript")]
    assert "help" in names
    text = "if WINDOWS:\n" + "".join(f"    def f{n}():\n        return {n}\n\n" for n in range(60))
    assert len(split_units(text, "python")) >= 60


def test_what_lies_far_apart_is_not_one_unit() -> None:
    imports = "".join(f"import a{n}\n" for n in range(20))
    text = f"a = 1\n{imports}b = 2\nimport c\nc = 3\n"
    assert [(unit.first_line, unit.last_line) for unit in split_units(text, "python")] == [(0, 1), (21, 24)]
    comments = "    # c\n" * 20
    (unit,) = split_units(f"class A:\n{comments}    a = 1\n", "python")
    assert (unit.kind, unit.text, unit.head_lines) == ("class-head", "    a = 1", 0)


def test_a_comment_that_ends_with_its_line_takes_no_more() -> None:
    (unit,) = split_units("/// A point\nstruct P;\nfn f() {\n    g()\n}\n", "rust")
    assert unit.lines[0] == "fn f() {"


def test_windows_of_other_languages() -> None:
    text = "".join(f"int f{n}(int a) {{\n    return a;\n}}\n\n" for n in range(100))
    units = split_units(text, "c")
    assert all(unit.kind == "window" and len(unit.lines) <= WINDOW_LINES for unit in units)
    assert all(unit.lines[0].startswith("int f") and unit.lines[-1] == "}" for unit in units)
    assert sum(len([line for line in unit.lines if line]) for unit in units) == 300
    assert split_units("# only\n# comments\n", "ruby") == []


def test_a_unit_is_itself_wherever_it_moves() -> None:
    code = "import a\n\ndef f():\n    return a\n\n\ndef g():\n    return 1\n"
    before = {unit.name: unit.digest for unit in split_units(code, "python")}
    moved = {unit.name: unit.digest for unit in split_units("import b\n\n\n" + code, "python")}
    edited = {unit.name: unit.digest for unit in split_units(code.replace("return 1", "return 2"), "python")}
    assert moved == before
    assert edited["f"] == before["f"] and edited["g"] != before["g"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_make_no_difference(newline: str) -> None:
    text = code_of(STORIES["go"][0])
    plain, other = split_units(text, "go"), split_units(text.replace("\n", newline), "go")
    assert plain == other and len(plain) == 3


def test_five_thousand_lines_are_quick() -> None:
    text = "".join(
        f"class C{n}:\n    x = {n}\n\n    def m(self, a):\n        return self.x + a\n\n\n" for n in range(715)
    )
    split_units("", "python")
    seconds, units = [], ()
    for _ in range(3):
        start = time.process_time()
        units = split_units(text, "python")
        seconds.append(time.process_time() - start)
    assert len(units) == 1430
    # 0.05 s when measured; a splitter that looks at every pair of units takes seconds.
    assert min(seconds) < 0.3
