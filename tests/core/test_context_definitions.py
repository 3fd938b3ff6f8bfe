"""What a unit uses, and which definitions that means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.context.analysis import imports_of, used_in
from postil.core.context.definitions import bound_as, definitions, fitting, needed, own, told
from postil.core.context.values import Definition, DefinitionKind, Symbol
from postil.core.syntax.tree import GRAMMARS

ALL: tuple[DefinitionKind, ...] = ("calls", "methods", "types", "names")
CODE = '''\
from shop import money

LIMIT = 10


def half(amount):
    """The half of it, rounded down."""
    return amount // 2


class Box:
    """Holds a thing."""

    size: int = 0

    def __init__(self, size: int) -> None:
        self.size = size

    def fits(self, thing: "Thing") -> bool:
        """Whether it does."""
        return thing.size < self.size

    def put(self, thing):
        if self.fits(thing) and LIMIT:
            return half(thing.weight())


class Thing:
    def weight(self) -> int:
        return 1

    def unused(self):
        return 2
'''


def found(text: str, language: str, first: str, last: str, *near: int, order: tuple[DefinitionKind, ...] = ALL) -> str:
    """What the rows from the one with `first` to the one with `last` use of their own file."""
    lines = text.split("\n")
    rows = range(*(next(at for at, line in enumerate(lines) if part in line) for part in (first, last)))
    rows = range(rows.start, rows.stop + 1)
    symbols, _, uses = used_in(text, language, rows)
    return told(definitions(uses, own(symbols, language), rows, order, near), language)


@pytest.mark.parametrize(
    ("language", "code", "wanted"),
    [
        ("python", "def f(a: list[Line], b: m.Rate = LIMIT):\n    return g(a)(b, key=x), m.h(1), self.i.k()\n",
         "Line:types m.Rate:types LIMIT:names g:calls m.h:calls self.i.k:calls"),
        ("javascript", "function f(a) { return new Box(g(LIMIT)).h + this.i() + m.k(1); }",
         "Box:calls g:calls LIMIT:names ?.h:names this.i:calls m.k:calls"),
        ("typescript", "function f(a: Item, b: ns.T): Map<string, Box> { return g<Item>(a); }",
         "Item:types ns.T:types Map:types Box:types g:calls"),
        ("go", "package a\nfunc (b *Box) Put(c clock.Time) { b.fits(); x := Item{1}; m.New(parse(x)) }",
         "Box:types clock.Time:types b.fits:calls Item:calls m.New:calls parse:calls"),
        ("rust", "fn f(a: Item) -> Option<u8> { self.g(); m::h::<T>(1); Box::new(Item { a }); log!(a) }",
         "Item:types Option:types self.g:calls m.h:calls Box.new:calls Item:calls log:calls"),
    ],
)  # fmt: skip
def test_the_names_that_code_uses(language: str, code: str, wanted: str) -> None:
    _, _, uses = used_in(code, language, range(100))
    said = [f"{one.on}.{one.name}:{one.kind}".removeprefix(".") for one in uses]
    for one in wanted.split():
        assert one in said, said
    assert "f:names" not in said, "a definition is no use of itself"


@given(st.text(alphabet="aB1.:(){}[]<>\n\t \"'=,;@#é\ud800", max_size=60), st.sampled_from(sorted(GRAMMARS)))
def test_any_text_is_read(text: str, language: str) -> None:
    symbols, imports, uses = used_in(text, language, range(1, 4))
    definitions(uses, own(symbols, language), range(1, 4), ALL)
    needed(uses, imports, {one.name for one in symbols}, language)


def test_only_the_units_rows_count() -> None:
    _, _, uses = used_in(CODE, "python", range(5, 8))
    assert {one.name for one in uses} == {"amount"}
    assert used_in("x = 1", "plaintext", range(9)) == ([], [], [])


def test_what_a_method_calls_of_its_own_file() -> None:
    assert found(CODE, "python", "def put", "return half") == (
        "# Holds a thing.\n"
        "class Box:\n"
        "    # Whether it does.\n"
        '    def fits(self, thing: "Thing") -> bool:\n'
        "# The half of it, rounded down.\n"
        "def half(amount):\n"
        # Nobody knows what `thing` is, but one type alone has such a method.
        "class Thing:\n"
        "    def weight(self) -> int:\n"
        "LIMIT = 10"
    )


def test_kinds_that_are_not_in_the_order_are_not_told() -> None:
    assert found(CODE, "python", "def put", "return half", order=("names",)) == "LIMIT = 10"
    said = found(CODE, "python", "def put", "return half", order=("names", "calls"))
    assert said.startswith("LIMIT = 10\n# Holds") and "weight" not in said
    assert found(CODE, "python", "def put", "return half", order=()) == ""


def test_what_is_near_the_suspected_lines_comes_first() -> None:
    row = CODE.split("\n").index("            return half(thing.weight())")
    assert found(CODE, "python", "def put", "return half", row).startswith("# The half of it")


def test_a_type_that_is_made_is_told_with_its_constructor_or_its_fields() -> None:
    made = CODE + "\n\ndef pack():\n    return Box(1).size\n"
    assert found(made, "python", "def pack", "return Box") == (
        "# Holds a thing.\nclass Box:\n    size: int = 0\n    def __init__(self, size: int) -> None:"
    )
    plain = "class P:\n    x: int\n    y: int\n    def go(self): pass\n\ndef pack():\n    return P(1, 2)\n"
    assert found(plain, "python", "def pack", "return P") == "class P:\n    x: int\n    y: int"


def test_gos_methods_stand_by_themselves() -> None:
    code = (
        "package a\n\ntype Box struct {\n\tn int\n}\n\nfunc (b *Box) Fits(n int) bool {\n\treturn true\n}\n\n"
        "func (b *Box) Put(n int) {\n\tb.Fits(n)\n}\n"
    )
    assert found(code, "go", "Put", "b.Fits(n)") == "func (b *Box) Fits(n int) bool\ntype Box struct"


def test_a_method_that_two_types_have_is_none() -> None:
    code = "class A:\n    def go(self): pass\n\nclass B:\n    def go(self): pass\n\ndef f(x):\n    x.go()\n"
    assert found(code, "python", "def f", "x.go") == ""


IMPORTS = (
    "import a.b\nimport c as d\nfrom e import f, g as h, Kind, Other\nfrom i import *\nfrom j import mod\nimport k\n"
)


def imported(body: str) -> list[str]:
    text = f"{IMPORTS}\ndef unit(x):\n    {body}\n"
    _, imports, uses = used_in(text, "python", range(7, 9))
    return [
        f"{one.module}:{one.names[0].name if one.names else ''}" for one in needed(uses, imports, {"known"}, "python")
    ]


def test_the_imports_that_a_unit_needs() -> None:
    assert imported("return h(1) + d.x + a.b.y() + mod.z()") == [
        "a.b:",
        "c:",
        "e:g",
        "i:*",
        "j:mod",
        "e:Kind",
        "e:Other",
    ]
    assert imported("return f") == ["e:f", "i:*"]
    # Its type may be one of those that the file imports.
    assert imported("x.go()") == ["i:*", "e:Kind", "e:Other"]
    assert imported("known(1)") == ["i:*"]


def test_what_a_file_calls_what_it_imports() -> None:
    symbol = Symbol("function", "f", "", "def f():", "", 0, 1)
    said = {
        text: bound_as(imports_of(text, "python")[0], symbol, whole=whole)
        for text, whole in (("from e import f as g", False), ("from e import mod as m", True),
                            ("from e import *", True), ("import e.e as e", True))
    }  # fmt: skip
    assert list(said.values()) == ["g", "m.f", "f", "e.f"]


def test_rusts_paths_are_followed_where_they_are_written() -> None:
    _, imports, uses = used_in("fn f() { crate::money::half(1); self.g() }", "rust", range(9))
    (one,) = needed(uses, imports, (), "rust")
    assert (one.module, one.names[0].name, one.names[0].bound) == ("crate::money", "half", "crate.money.half")


def one(path: str, head: str, text: str = "", row: int = 0) -> Definition:
    return Definition(path, head, text, row, row + 1)


def test_as_many_as_fit_and_shorter_ones_for_one_that_does_not() -> None:
    some = [one("", "def a():"), one("b.py", "def long(" + "x, " * 40 + "):"), one("b.py", "def c():")]
    assert fitting(some, 40) == [some[0], some[2]]
    assert fitting(some, 1000) == some and fitting(some, 5) == [] and fitting(some, 0) == []


def test_the_text_is_by_file_and_type() -> None:
    some = [one("b.py", "class A:", "def f():"), one("", "def x():"), one("b.py", "class A:", "# Says.\ndef g():")]
    wanted = "def x():\n# b.py\nclass A:\n    def f():\n    # Says.\n    def g():"
    assert told(some, "python") == wanted
    assert told([one("b.go", "func f()")], "go") == "// b.go\nfunc f()" and told([], "go") == ""


@given(
    st.lists(st.builds(one, st.sampled_from(["", "a.py", "b.py"]), st.sampled_from(["A", "BB"]),
                       st.text("xy\n", max_size=9), st.integers(0, 9)), max_size=9),
    st.integers(0, 90),
)  # fmt: skip
def test_the_text_is_never_longer_than_what_it_may_be(some: list[Definition], chars: int) -> None:
    assert len(told(fitting(some, chars), "python")) <= chars
