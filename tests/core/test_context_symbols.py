"""Symbols and imports of the five languages; any text gives some value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.context.analysis import analyse, imports_of
from postil.core.context.symbols import MAX_SYMBOLS
from postil.core.syntax.tree import GRAMMARS

PYTHON = '''
import os, a.b as c
from ..pkg import (first as one, second)
from . import beside
from stars import *

LIMIT: int = 3

@decorated
async def read(path, *, size=1) -> bytes:
    """Reads it.

    More."""
    def inner(): pass

class Store(Base):
    """Keeps it."""
    name = ""
    def put(self, value): pass
    class Deep:
        def down(self): pass

try:
    import fast
    def quick(): pass
except ImportError:
    pass
'''
TYPESCRIPT = """
import first, {a as b} from "./x";
import * as all from "../y";
import {type T} from "./t";
import req = require("r");
export {q as p} from "./z";
export * from "./stars";
const {u, v: w} = require("./cjs");
/** Doubles it.
 *  More. */
export async function twice(n: number): Promise<number> { return 2 * n; }
// Adds.
export const add = (a: number, b: number): number => a + b;
export default abstract class Shape<T> extends Base {
  private size = 1;
  area(): number { return 0; }
  abstract name(): string;
}
interface Named { name(): string }
type Id = string;
enum Kind { A }
namespace Inner { export function deep() {} }
exports.old = function (x) {};
"""
GO = """package p
import (
	"fmt"
	other "example.com/mod/pkg"
	. "dots"
)
// Run runs it.
func Run(n int) error { return nil }
func (s *Store[K]) Put(key K) {}
// Store keeps it.
type Store[K any] struct { size int }
type Reader interface { Read() int }
const (
	A = 1
	B, C = 2, 3
)
var Global int
"""
RUST = """
use a::b::{C, d as e, f::{self, G}, h::*};
pub use crate::x::Y;
mod inner;
/// Runs it.
#[inline]
pub fn run<T>(n: T) -> u8 where T: Copy { 1 }
pub struct Store { size: u8 }
impl<T> Trait for Store<T> { fn put(&self) {} }
trait Trait { fn put(&self); }
enum Kind { A }
mod tests { fn deep() {} }
macro_rules! make { () => {} }
const LIMIT: u8 = 1;
"""


def said(text: str, language: str) -> list[str]:
    return [
        f"{one.kind} {one.qualified}: {one.signature}{' -- ' + one.doc if one.doc else ''}"
        for one in analyse(text, language).symbols
    ]


def test_symbols_of_python() -> None:
    assert said(PYTHON, "python") == [
        "constant LIMIT: LIMIT: int = 3",
        "function read: async def read(path, *, size=1) -> bytes: -- Reads it.",
        "class Store: class Store(Base): -- Keeps it.",
        'variable Store.name: name = ""',
        "method Store.put: def put(self, value):",
        "class Store.Deep: class Deep:",
        "method Store.Deep.down: def down(self):",
        "function quick: def quick():",
    ]
    read = analyse(PYTHON, "python").symbols[1]
    lines = PYTHON.split("\n")
    assert lines[read.first] == "@decorated" and lines[read.last - 1].strip() == "def inner(): pass"


def test_symbols_of_typescript() -> None:
    assert said(TYPESCRIPT, "typescript") == [
        "function twice: export async function twice(n: number): Promise<number> -- Doubles it.",
        "function add: export const add = (a: number, b: number): number -- Adds.",
        "class Shape: export default abstract class Shape<T> extends Base",
        "variable Shape.size: private size = 1",
        "method Shape.area: area(): number",
        "method Shape.name: abstract name(): string",
        "interface Named: interface Named",
        "method Named.name: name(): string",
        "type Id: type Id = string",
        "enum Kind: enum Kind",
        "module Inner: namespace Inner",
        "function Inner.deep: export function deep()",
        "function old: exports.old = function (x)",
    ]


def test_symbols_of_go() -> None:
    assert said(GO, "go") == [
        "function Run: func Run(n int) error -- Run runs it.",
        "method Store.Put: func (s *Store[K]) Put(key K)",
        "struct Store: type Store[K any] struct -- Store keeps it.",
        "interface Reader: type Reader interface",
        "method Reader.Read: Read() int",
        "constant A: const A = 1",
        "constant B: const B, C = 2, 3",
        "constant C: const B, C = 2, 3",
        "variable Global: var Global int",
    ]


def test_symbols_of_rust() -> None:
    assert said(RUST, "rust") == [
        "module inner: mod inner",
        "function run: pub fn run<T>(n: T) -> u8 where T: Copy -- Runs it.",
        "struct Store: pub struct Store",
        "method Store.put: fn put(&self)",
        "trait Trait: trait Trait",
        "method Trait.put: fn put(&self)",
        "enum Kind: enum Kind",
        "module tests: mod tests",
        "function tests.deep: fn deep()",
        "macro make: macro_rules! make { () => {} }",
        "constant LIMIT: const LIMIT: u8 = 1",
    ]


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        (PYTHON, "python", ["os", "a.b", "..pkg first>one second", ". beside", "stars *", "fast"]),
        (
            TYPESCRIPT,
            "typescript",
            ["./x default>first a>b", "../y", "./t T", "r", "./z q>p", "./stars *", "./cjs u v>w"],
        ),
        (GO, "go", ["fmt", "example.com/mod/pkg", "dots *"]),
        (RUST, "rust", ["a::b C", "a::b d>e", "a::b f", "a::b::f G", "a::b::h *", "crate::x Y", "self::inner"]),
        ("anything", "ruby", []),
    ],
    ids=["python", "typescript", "go", "rust", "ruby"],
)
def test_imports(text: str, language: str, found: list[str]) -> None:
    told = [
        " ".join([one.module, *(f"{n.name}>{n.bound}" if n.name != n.bound else n.name for n in one.names)])
        for one in imports_of(text, language)
    ]
    assert told == found


def test_a_module_is_bound_by_the_name_that_the_file_uses() -> None:
    assert [one.bound for one in imports_of(GO, "go")] == ["fmt", "other", ""]
    assert [one.bound for one in imports_of("import a.b as c\nimport d.e\n", "python")] == ["c", "d.e"]


def test_what_a_file_passes_on() -> None:
    assert [one.module for one in imports_of(TYPESCRIPT, "typescript") if one.passed_on] == ["./z", "./stars"]
    assert [one.module for one in imports_of(RUST, "rust") if one.passed_on] == ["crate::x"]


def test_a_generated_file_has_a_bounded_number_of_symbols() -> None:
    text = "\n".join(f"NAME_{number} = {number}" for number in range(3 * MAX_SYMBOLS))
    assert len(analyse(text, "python").symbols) == MAX_SYMBOLS


PIECES = st.sampled_from(
    [*PYTHON.split("\n"), *TYPESCRIPT.split("\n"), *GO.split("\n"), *RUST.split("\n"), "{", "}", "(", "\x00", "\ud800"]
)


@given(st.lists(PIECES | st.text(max_size=20), max_size=30).map("\n".join), st.sampled_from([*GRAMMARS, "ruby"]))
def test_any_text_gives_some_analysis(text: str, language: str) -> None:
    found = analyse(text, language)
    rows = text.count("\n") + text.count("\r") + 1
    for symbol in found.symbols:
        assert symbol.name and 0 <= symbol.first < symbol.last <= rows
        assert "\n" not in symbol.signature + symbol.doc
