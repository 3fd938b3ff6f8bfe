"""Questions to an index: BM25 against plain arithmetic, definitions by name, imports across files."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.service.indexing import LIMITS, held, scanned
from tests.service.test_index_scan import write

from postil.core.context.analysis import imports_of
from postil.core.context.words import words
from postil.service.context.index import common
from postil.service.context.index.place import IndexPlace, index_place
from postil.service.context.index.store import Store, open_store
from postil.service.context.index.write import remove
from postil.service.context.query import search as searching
from postil.service.context.query.imported import Indexed, brought, files_of, imported
from postil.service.context.query.search import search
from postil.service.context.query.symbols import FoundSymbol, symbols_in, symbols_named
from postil.service.context.scanning.update import update


def made(folder: Path, files: dict[str, str]) -> tuple[IndexPlace, Store]:
    root = folder / "work"
    root.mkdir()
    write(root, files)
    place = IndexPlace(root.resolve(), folder / "index")
    scanned(place)
    store = open_store(place)
    assert store is not None
    return place, store


def bm25(place: IndexPlace, text: str) -> dict[tuple[str, int], float]:
    """By the book, with SQLite's constants, over what the index holds."""
    chunks = {(path, first): said.split() for path, (_, _, _, found) in held(place).items() for first, _, said in found}
    mean = sum(map(len, chunks.values())) / max(len(chunks), 1)
    scores: defaultdict[tuple[str, int], float] = defaultdict(float)
    for word in set(words(text)):
        having = sum(word in said for said in chunks.values())
        rarity = max(math.log((len(chunks) - having + 0.5) / (having + 0.5)), 1e-6)
        for place_, said in chunks.items():
            if count := said.count(word):
                scores[place_] += rarity * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * len(said) / mean))
    return dict(scores)


WORDS = ["read", "File", "parse_header", "Session", "open", "close", "the", "value", "读取", "x"]
LINE = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
TEXT = st.lists(LINE, max_size=70).map("\n".join)


@pytest.mark.slow
@settings(max_examples=25, database=None)
@given(st.dictionaries(st.sampled_from(["a.py", "b.js", "c/d.lua", "e.go"]), TEXT, min_size=1), LINE)
def test_a_search_ranks_as_plain_arithmetic_does(tmp_path_factory: pytest.TempPathFactory, files: dict[str, str],
                                                 question: str) -> None:  # fmt: skip
    place, store = made(tmp_path_factory.mktemp("search"), files)
    with store:
        found = {(one.path, one.first): one.score for one in search(store, question, 1000)}
    assert found == pytest.approx(bm25(place, question), rel=1e-6, abs=1e-9)


def test_a_search_shows_the_text_that_it_has_read(tmp_path: Path) -> None:
    body = "def parse_header(line):\n    return line.split()\n"
    place, store = made(tmp_path, {"a.py": "import os\n\n\n" + body, "b.py": "def other(): pass\n"})
    write(place.root, {"a.py": "changed since\n"})
    with store:
        (found,) = search(store, "parseHeader", 5)
        assert (found.path, found.language) == ("a.py", "python")
        assert body.strip() in found.text
        assert search(store, "parseHeader", 5, but="a.py") == []
        assert search(store, "the + ? *", 5) == [] and search(store, "", 5) == []


def test_a_file_that_goes_meanwhile_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process takes it out between two questions of one search."""
    _, store = made(tmp_path, {"a.py": "import b\n\ndef parse_header(): pass\n", "b.py": "def other(): pass\n"})
    real = searching.text_of

    def text_of(reading: Store, number: int) -> str:
        with Store(store.path) as other:
            assert remove(other, "a.py")
        return real(reading, number)

    monkeypatch.setattr(searching, "text_of", text_of)
    with store:
        assert [one.path for one in search(store, "parse_header", 5)] == ["a.py"]
        assert search(store, "parse_header", 5) == []


def test_words_that_are_everywhere_cost_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are left out where rarer ones say enough, and looked for where nothing else is said."""
    monkeypatch.setattr(common, "COMMON", 3)
    monkeypatch.setattr(searching, "_MOST_CHUNKS", 5)
    files = {f"{number}.py": f"def self_{'rare' if number == 4 else 'often'}(): pass\n" for number in range(9)}
    _, store = made(tmp_path, files)
    with store:
        assert dict(store.rows(tuple[str, int], "SELECT word, chunks FROM common")) == {
            "self": 9, "often": 8, "def": 9, "pass": 9, "selfoften": 8,
        }  # fmt: skip
        assert [one.path for one in search(store, "self rare", 9)] == ["4.py"]
        assert len(search(store, "self", 9)) == 9


def test_definitions_of_a_name(tmp_path: Path) -> None:
    _, store = made(
        tmp_path,
        {
            "a.py": "class Session:\n    def open(self): pass\n\ndef open(): pass\n",
            "b.go": "package b\nfunc (s *Other) open() {}\n",
        },
    )
    with store:
        assert [(one.path, one.symbol.qualified) for one in symbols_named(store, "open")] == [
            ("a.py", "Session.open"), ("a.py", "open"), ("b.go", "Other.open"),
        ]  # fmt: skip
        assert [one.symbol.qualified for one in symbols_named(store, "Session.open")] == ["Session.open"]
        assert symbols_named(store, "ssion.open") == [] and symbols_named(store, "none") == []
        assert [one.symbol.name for one in symbols_in(store, "a.py")] == ["Session", "open", "open"]
        assert symbols_in(store, "gone.py") == []


PYTHON = {
    "src/app/__init__.py": "from .core.session import Session as Session, helper\n",
    "src/app/core/__init__.py": "",
    "src/app/core/session.py": "class Session:\n    def open(self): pass\n\ndef helper(): pass\n\ndef hidden(): pass\n",
    "src/app/tools.py": "def tool(): pass\n",
    "other/app/tools.py": "def far(): pass\n",
}
SCRIPT = {
    "web/lib/store.ts": "export class Store {}\nexport default function make(): Store { return new Store() }\n",
    "web/lib/index.ts": 'export * from "./store";\nexport {Store as Kept} from "./store";\n',
    "web/ui/view.tsx": "export const View = () => null;\n",
}
GO = {
    "go/store/a.go": "package store\nfunc Put() {}\n",
    "go/store/b.go": "package store\ntype Store struct{}\n",
    "go/fmt/fmt.go": "package fmt\nfunc Mine() {}\n",
}
RUST = {
    "rs/src/lib.rs": "pub mod store;\n",
    "rs/src/store/mod.rs": "pub struct Store;\nmod deep;\npub use deep::put;\n",
    "rs/src/store/deep.rs": "pub fn put() {}\n",
}


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        ("from app import Session", "src/main.py", ["src/app/core/session.py Session"]),
        ("from app import helper as h", "src/main.py", ["src/app/core/session.py helper"]),
        ("from app import tools", "src/main.py", ["src/app/tools.py tool"]),
        ("import app.tools", "src/main.py", ["src/app/tools.py tool"]),
        ("import app.tools", "other/main.py", ["other/app/tools.py far"]),
        ("from .session import hidden", "src/app/core/x.py", ["src/app/core/session.py hidden"]),
        ("from ..tools import tool", "src/app/core/x.py", ["src/app/tools.py tool"]),
        ("from json import loads", "src/main.py", []),
        ("import { Store } from '../lib'", "web/ui/a.ts", ["web/lib/store.ts Store"]),
        ("import { Kept } from '../lib/index.js'", "web/ui/a.ts", ["web/lib/store.ts Store"]),
        ("import make from '../lib/store'", "web/ui/a.ts", ["web/lib/store.ts make"]),
        ("import { View } from '@/ui/view'", "web/main.ts", ["web/ui/view.tsx View"]),
        ("import x from 'react'", "web/main.ts", []),
        ('import "example.com/me/go/store"', "go/main.go", ["go/store/a.go Put", "go/store/b.go Store"]),
        ('import "fmt"', "go/main.go", []),
        ("use crate::store::Store;", "rs/src/main.rs", ["rs/src/store/mod.rs Store"]),
        ("use crate::store::put;", "rs/src/main.rs", ["rs/src/store/deep.rs put"]),
        ("mod store;", "rs/src/lib.rs", ["rs/src/store/mod.rs Store", "rs/src/store/mod.rs deep"]),
    ],
)
def test_what_an_import_brings(text: str, path: str, found: list[str], project: Store) -> None:  # fmt: skip
    language = {"py": "python", "ts": "typescript", "go": "go", "rs": "rust"}[path.rpartition(".")[2]]
    if language == "go":
        text = f"package main\n{text}\n"
    brought = imported(project, imports_of(text, language), path, language)
    assert [f"{one.path} {one.symbol.qualified}" for one in brought] == found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return made(tmp_path_factory.mktemp("project"), {**PYTHON, **SCRIPT, **GO, **RUST})[1]


def test_files_that_pass_on_each_others_names_end(tmp_path: Path) -> None:
    _, store = made(tmp_path, {"a/__init__.py": "from .b import *\n", "a/b.py": "from . import *\n"})
    with store:
        (one,) = imports_of("from a import gone", "python")
        assert {path for _, path in files_of(Indexed(store), one, "main.py", "python")} == {"a/__init__.py"}
        assert list(imported(store, [one], "main.py", "python")) == []


def test_an_import_is_resolved_when_it_is_asked_for(tmp_path: Path) -> None:
    """So that a file that comes or goes needs no other file to be read again."""
    place, store = made(tmp_path, {"a.py": "def one(): pass\n"})
    imports = imports_of("from b import two", "python")
    with store:
        assert list(imported(store, imports, "main.py", "python")) == []
        write(place.root, {"b.py": "def two(): pass\n"})
        update(store, place, [place.root / "b.py"], LIMITS)
        assert [one.path for one in imported(store, imports, "main.py", "python")] == ["b.py"]


def test_the_index_of_a_workspace_is_one_by_its_real_path(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    assert index_place(tmp_path / "work") == index_place(tmp_path / "." / "work")
    assert index_place(tmp_path / "work").folder != index_place(tmp_path).folder


def test_modules_that_star_import_each_other_are_looked_into_once(tmp_path: Path) -> None:
    names = [f"m{number}" for number in range(30)]
    stars = "\n".join(f"from {name} import *" for name in names)
    _, store = made(tmp_path, {f"{name}.py": stars for name in names})
    with store:
        looked = Counter[str]()

        class Counting(Indexed):
            def symbols(self, path: str) -> list[FoundSymbol]:
                looked[path] += 1
                return super().symbols(path)

        (one,) = imports_of("from m0 import nothing\n", "python")
        assert list(brought(Counting(store), one, "main.py", "python")) == []
        # Once for each of the others that passes it on.
        assert max(looked.values()) <= len(names)
