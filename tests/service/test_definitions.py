"""The definitions that a unit uses in other files: with an index, and without one from the files themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from tests.service.indexing import scanned

from postil.core.context.definitions import told
from postil.core.context.values import DefinitionKind
from postil.core.syntax.split import split_units
from postil.service.context.files import ProjectFiles
from postil.service.context.index.place import index_place
from postil.service.context.index.store import open_store
from postil.service.context.query.definitions import definitions_of
from postil.service.context.query.imported import Indexed, Project
from postil.service.workspace.languages import language_of

ORDER: tuple[DefinitionKind, ...] = ("calls", "methods", "types", "names")
# What makes a project of files; both must find the same.
Made = Callable[[Mapping[str, str]], Project]


@pytest.fixture(params=["files", "index"])
def made(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    monkeypatch.setenv("POSTIL_CACHE_DIR", str(tmp_path / "cache"))

    def plain(files: Mapping[str, str]) -> Project:
        return ProjectFiles(files, lambda path: (files[path], language_of(path.rpartition("/")[2])))

    def indexed(files: Mapping[str, str]) -> Project:
        for name, text in files.items():
            path = tmp_path / "work" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        place = index_place(tmp_path / "work")
        scanned(place)
        store = open_store(place)
        assert store is not None
        request.addfinalizer(store.close)
        return Indexed(store)

    return plain if request.param == "files" else indexed


def used(project: Project | None, files: Mapping[str, str], path: str, unit: str) -> str:
    language = language_of(path.rpartition("/")[2])
    (found,) = (one for one in split_units(files[path], language) if one.name == unit)
    rows = range(found.first_line, found.last_line)
    return told(definitions_of(project, path, files[path], language, rows, ORDER), language)


PYTHON = {
    "src/shop/__init__.py": "from .ship import parcel as package\n",
    "src/shop/ship.py": (
        'RATE = 3\n\n\ndef parcel(weight):\n    """The fee of a parcel."""\n    return weight\n\n\n'
        "class Van:\n    def load(self, thing): pass\n    def drive(self): pass\n"
    ),
    "src/shop/pay.py": (
        "from shop import package, ship\nfrom shop.ship import Van as Truck\nimport os.path\n\n\n"
        "def own(a):\n    return a\n\n\n"
        "def total(things, van):\n    fee = package(1) + own(2) + ship.RATE\n"
        "    van.load(os.path.join('a'))\n    return fee\n"
    ),
    "other/ship.py": "def parcel(other): pass\n",
    "tests/test_pay.py": "def own(): pass\n",
}


def test_python(made: Made) -> None:
    project = made(PYTHON)
    assert used(project, PYTHON, "src/shop/pay.py", "total") == (
        "def own(a):\n# src/shop/ship.py\n# The fee of a parcel.\ndef parcel(weight):\n"
        "class Van:\n    def load(self, thing):\nRATE = 3"
    )
    assert used(None, PYTHON, "src/shop/pay.py", "total") == "def own(a):"
    assert used(project, PYTHON, "src/shop/pay.py", "own") == ""


def test_javascript(made: Made) -> None:
    files = {
        "src/a.js": 'import { half as h } from "./b.js";\nimport * as c from "./c";\nimport Box from "./box";\n\n'
        "export function f(x) {\n  return new Box(h(x) + c.twice(x)).open();\n}\n",
        "src/b.js": "// The half.\nexport function half(x) {\n  return x / 2;\n}\n",
        "src/c/index.js": "export const twice = (x) => 2 * x;\nexport const unused = 1;\n",
        "src/box.js": "export default class Box {\n  constructor(x) {}\n  open() {}\n  shut() {}\n}\n",
    }
    said = used(made(files), files, "src/a.js", "f")
    assert "// src/b.js\n// The half.\nexport function half(x)" in said
    assert "// src/c/index.js\nexport const twice = (x)" in said and "unused" not in said
    assert "class Box\n    constructor(x)" in said and "    open()" in said and "shut" not in said


def test_go_knows_its_package_without_imports(made: Made) -> None:
    files = {
        "go.mod": "module example.com/shop\n",
        "pay.go": 'package shop\n\nimport "example.com/shop/money"\n\nfunc Total(b *Box) int {\n\tb.Put(1)\n'
        "\treturn money.Half(size(2))\n}\n",
        "box.go": "package shop\n\ntype Box struct{}\n\nfunc (b *Box) Put(n int) {}\n\n"
        "func size(n int) int { return n }\n",
        "box_test.go": "package shop\n\nfunc size(t int) {}\n",
        "money/money.go": "package money\n\n// Half rounds down.\nfunc Half(n int) int { return n / 2 }\n",
    }
    said = used(made(files), files, "pay.go", "Total")
    assert "// money/money.go\n// Half rounds down.\nfunc Half(n int) int" in said
    assert "// box.go\n" in said and "func (b *Box) Put(n int)" in said and "func size(n int) int" in said
    assert "size(t" not in said


def test_rust(made: Made) -> None:
    files = {
        "src/lib.rs": "mod money;\nuse money::Rate;\n\npub fn total(rate: Rate) -> u32 {\n"
        "    rate.of(1) + money::half(2) + crate::deep::twice(3)\n}\n",
        "src/money.rs": "/// Of an amount.\npub struct Rate(u32);\n\n"
        "impl Rate {\n    pub fn of(&self, n: u32) -> u32 {\n"
        "        n\n    }\n}\n\npub fn half(n: u32) -> u32 {\n    n / 2\n}\n",
        "src/deep.rs": "pub fn twice(n: u32) -> u32 {\n    2 * n\n}\n",
    }
    said = used(made(files), files, "src/lib.rs", "total")
    for one in ("pub fn half(n: u32) -> u32", "pub fn twice(n: u32) -> u32", "    pub fn of(&self, n: u32) -> u32"):
        assert one in said, said


def test_a_circle_of_files_that_pass_on_ends(made: Made) -> None:
    files = {
        "a/__init__.py": "from b import x\n",
        "b/__init__.py": "from a import x\n",
        "c.py": "from a import x\n\n\ndef f():\n    x()\n",
    }
    assert used(made(files), files, "c.py", "f") == ""
