"""The evaluation of ghost text with other files: which holes are found, what is judged, what is counted."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pytest
from bench.context import figures
from bench.context.__main__ import arguments, holes_of, run, stranger_of
from bench.context.checks import compiles, parses
from bench.context.fetching import Package, index, packages, unpack
from bench.context.holes import PER_PACKAGE, SPLITS, Hole, find, hole_at, pin, pinned
from bench.context.project import Project
from bench.context.trial import Asked, Asker, Record, asked, lacks, similarity, tried
from bench.context.ways import WAYS

from postil.engine.base import Engine
from postil.engine.scripted import Rule, ScriptedEngine
from postil.service.personas.load import load_personas
from postil.settings import settings_of

MODEL = "qwen2.5-coder:1.5b"
SHOP = {
    "shop/prices.py": '''"""Prices."""


class Price:
    """What a thing costs."""

    def with_discount(self, share: float, *, reason: str) -> float:
        """The price that is left."""
        return share


def price_of(article: str, amount: int) -> Price:
    """The price of so many."""
    return Price()
''',
    "shop/till.py": '''"""The till."""

import os

from shop import prices
from shop.prices import Price, price_of


def total(article: str, amount: int) -> float:
    """What is paid."""
    price = price_of(article, amount)
    print(os.path.join(article, "amount"))
    return prices.price_of(article, 1).with_discount(amount, reason=article)


def helper(price: Price) -> Price:
    """Local."""
    return helper(price)


TOP = price_of("article", 1)
''',
    "tests/test_till.py": '''"""No hole is in a test."""

from shop.prices import price_of


def test_it() -> None:
    assert price_of("article", 2)
''',
}
GO = {
    "go.mod": "module example.com/shop\n",
    "price.go": "package shop\n\n// PriceOf is it.\nfunc PriceOf(article string, amount int) int {\n\treturn 1\n}\n",
    "till.go": "package shop\n\nfunc Total(article string, amount int) int {\n\treturn PriceOf(article, amount)\n}\n",
    "cmd/main.go": 'package main\n\nimport (\n\t"strings"\n\n\t"example.com/shop"\n)\n\nfunc main() {\n'
    '\tshop.PriceOf("amount", 3)\n\tstrings.ToLower("article")\n}\n',
}


def made(folder: Path, files: dict[str, str]) -> Project:
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return Project(folder, index(folder))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POSTIL_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def shop(cache: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = made(tmp_path_factory.mktemp("shop"), SHOP)
    with project.store:
        yield project


@pytest.fixture(scope="module")
def go_shop(cache: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = made(tmp_path_factory.mktemp("go"), GO)
    with project.store:
        yield project


def lines(project: Project, language: str) -> set[str]:
    """The lines with holes."""
    places = find("shop", project, language)
    return {project.files[place.path].text.split("\n")[place.row].strip() for place in places}


def hole(project: Project, text: str) -> Hole:
    """The hole in the line with that text."""
    found = [hole_at("shop", project, place) for place in find("shop", project, "python")]
    return next(one for one in found if text in one.before.rpartition("\n")[2] + one.wanted)


def test_a_hole_uses_what_another_file_defines(shop: Project) -> None:
    assert lines(shop, "python") == {
        "price = price_of(article, amount)",
        "return prices.price_of(article, 1).with_discount(amount, reason=article)",
    }


def test_files_of_a_go_package_need_no_import(go_shop: Project) -> None:
    assert lines(go_shop, "go") == {"return PriceOf(article, amount)", 'shop.PriceOf("amount", 3)'}


def test_the_rest_of_the_line_is_taken_out(shop: Project) -> None:
    for place in find("shop", shop, "python"):
        one = hole_at("shop", shop, place)
        assert one.before + one.wanted + one.after == SHOP["shop/till.py"]
        assert one.after.startswith("\n") and "\n" not in one.wanted
        before = {"arguments": "(", "member": ".", "name": " "}[place.kind]
        assert one.before.endswith(before)


def test_the_order_and_the_splits_are_those_of_the_digests(shop: Project) -> None:
    found = find("shop", shop, "python")
    assert found == find("shop", shop, "python")
    assert [place.digest for place in found] == sorted(place.digest for place in found)
    assert [place.split for place in found] == list(SPLITS[: len(found)])
    assert len(find("shop", shop, "python", 1)) == 1


def test_another_line_is_noticed(shop: Project) -> None:
    place = find("shop", shop, "python")[0]
    with pytest.raises(RuntimeError, match="isn't the line that was pinned"):
        hole_at("shop", shop, msgspec.structs.replace(place, row=place.row + 1))
    with pytest.raises(RuntimeError):
        hole_at("shop", shop, msgspec.structs.replace(place, path="shop/gone.py"))


def test_places_are_written_and_read(shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.context.holes.PINS", tmp_path / "holes.json")
    found = {"shop": find("shop", shop, "python")}
    pin(found)
    assert pinned() == found
    assert len(holes_of({"shop": shop})) == len(found["shop"])


def test_the_pinned_holes_are_as_many_everywhere() -> None:
    pins, listed = pinned(), packages()
    assert list(pins) == [package.name for package in listed]
    assert Counter(package.language for package in listed).keys() == {
        "python",
        "javascript",
        "typescript",
        "go",
        "rust",
    }
    assert all(package.first >= "2025-01" and len(package.sha256) == 64 for package in listed)
    for places in pins.values():
        assert len(places) == PER_PACKAGE
        assert Counter(place.split for place in places) == {split: PER_PACKAGE // 3 for split in SPLITS}


def test_names_that_exist_nowhere_are_counted(shop: Project) -> None:
    one = hole(shop, "price = ")
    path = one.place.path

    def invented(said: str) -> list[str]:
        return shop.invented(said, path, one.rest)

    assert invented(one.wanted) == []
    assert invented("price_for(article, amount, reason=len(article))") == ["price_for"]
    assert invented('price_of("unheard of", amount)  # of nothing') == []
    # It is in this file, but only in the hole.
    assert shop.invented("once", path, one.rest) == ["once"]


def test_a_text_is_judged_by_its_compiler() -> None:
    assert parses("x = f(1)\n", "x = f(2)\n", "python")
    assert not parses("x = f(1)\n", "x = f(2\n", "python")
    # Only the compiler sees that.
    assert not parses("def f():\n    return 1\n", "return 1\n", "python")
    assert compiles("x = 1\n", "python") and not compiles("return\n", "python")
    assert compiles("let x = 1", "typescript") is None


async def asker(*chunks: str, chars: int = 4000) -> Asker:
    engine = ScriptedEngine([Rule.parse({"kind": "infill", "chunks": [{"text": text} for text in chunks]})])
    model = await engine.describe((await engine.facts()).model(MODEL))
    persona = load_personas().personas["completer"]
    return Asker(engine, model, persona, settings_of({"completion": {"context_chars": chars}}))


async def asking(ask: Asker, project: Project, stranger: Project, way: str) -> Asked:
    return await asked(ask, project, stranger, hole(project, "price = "), way, WAYS[way])


async def test_what_each_way_shows(shop: Project, go_shop: Project) -> None:
    ask = await asker("x")
    assert set(WAYS) == {"none", "slow", "fast", "strangers"}
    shown = {way: await asking(ask, shop, go_shop, way) for way in WAYS}
    assert shown["none"].pieces == () and shown["none"].request.prefix == hole(shop, "price = ").before
    assert "shop/prices.py" in shown["fast"].pieces and "shop/till.py" not in shown["fast"].pieces
    assert "# From shop/prices.py:" in shown["fast"].request.prefix
    assert "# From" not in shown["slow"].request.prefix
    # What the file imports and the lines around the hole name already tells nothing: that is left out of stubs.
    assert [piece.path for piece in shown["slow"].request.snippets] == []
    assert set(shown["strangers"].pieces) <= set(GO)
    nothing = await asker("x", chars=0)
    for way in WAYS:
        assert (await asking(nothing, shop, go_shop, way)).pieces == ()


async def test_a_character_typed_asks_behind_the_same_pieces(shop: Project, go_shop: Project) -> None:
    given = await asking(await asker("x"), shop, go_shop, "fast")
    assert given.typed.prefix == given.request.prefix + hole(shop, "price = ").wanted[0]


async def test_an_answer_is_judged_as_ghost_text_shows_it(shop: Project) -> None:
    one = hole(shop, "price = ")
    ask = await asker(one.wanted, "\nnothing")
    right = await tried(ask, shop, one, "none", await asking(ask, shop, shop, "none"))
    assert right.exact and right.similarity == 1 and right.invented == () and right.parses
    ask = await asker("prize_of(article)\n")
    wrong = await tried(ask, shop, one, "fast", await asking(ask, shop, shop, "fast"))
    assert not wrong.exact and 0 < wrong.similarity < 1 and "shop/prices.py" in wrong.pieces
    assert wrong.said == "prize_of(article)" and wrong.invented == ("prize_of",)
    assert right.cold_ms > 0 and right.typed_ms > 0


async def test_a_name_is_unseen_where_the_window_does_not_show_it(shop: Project) -> None:
    one, ask = hole(shop, "price = "), await asker("x")
    assert lacks(ask, one) == []
    assert lacks(ask, replace(one, wanted="prize_of(article)")) == ["prize_of"]


async def test_the_key_is_of_all_that_the_model_gets(shop: Project, go_shop: Project) -> None:
    ask = await asker("x")
    keys = [(await asking(ask, shop, go_shop, way)).key for way in ("fast", "fast", "none", "strangers")]
    assert keys[0] == keys[1] and len(set(keys)) == 3


@dataclass(frozen=True)
class Choice:
    """As `choose_engine` gives it."""

    engine: Engine

    async def aclose(self) -> None: ...


async def test_a_killed_run_goes_on(shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, out = (await asker("price_of(article, amount)\n")).engine, tmp_path / "it.jsonl"

    async def chosen(_: object) -> Choice:
        return Choice(engine)

    listed = [Package(name, "npm", "1", "", "MIT", "python", "2025-02") for name in ("shop", "other")]
    monkeypatch.setattr("bench.context.__main__.choose_engine", chosen)
    monkeypatch.setattr("bench.context.__main__.packages", lambda: listed)
    monkeypatch.setattr("bench.context.__main__.pinned", lambda: {"shop": find("shop", shop, "python")})
    found = {"shop": shop, "other": shop}
    await run(found, arguments(["--split", "all", "--ways", "none,fast", "--model", MODEL]), out)
    whole = figures.read(out)
    assert len(whole) == 4 and {one.way for one in whole} == {"none", "fast"}
    await run(found, arguments(["--split", "all", "--ways", "none,fast", "--model", MODEL]), out)
    assert figures.read(out) == whole
    await run(found, arguments(["--split", "tune", "--ways", "none,strangers", "--model", MODEL]), out)
    assert len(figures.read(out)) == 5


def record(name: str, way: str, said: str, **given: object) -> Record:
    base = Record(
        key=f"{name}{way}",
        hole=name,
        package="shop",
        language="python",
        kind="name",
        split="tune",
        unseen=False,
        way=way,
        wanted="abcd",
        said=said,
        exact=said == "abcd",
        similarity=similarity(said, "abcd"),
        invented=(),
        parses=True,
        pieces=(),
        prompt_tokens=100,
        cached_tokens=0,
        output_tokens=3,
        cold_ms=50.0,
        first_ms=20.0,
        typed_tokens=101,
        typed_cached=99,
        typed_ms=10.0,
        typed_first_ms=5.0,
    )
    return msgspec.structs.replace(base, **given)


def test_figures_are_of_holes_that_all_ways_have() -> None:
    records = [record("a", "none", "xx"), record("a", "fast", "abcd", unseen=True), record("b", "none", "abcd")]
    shown = figures.table(records, "title")
    assert [next(iter(column.cells)) for column in shown.columns][:3] == ["none", "1", "0.00 (0.00–0.00)"]
    assert str(list(shown.columns[2].cells)[1]).startswith("1.00")
    assert figures.against_none(records)[0].startswith("fast: 1 won, 0 lost; similarity +1.000")
    assert figures.by_language(records).row_count == 3


def test_the_control_fails_where_strangers_help() -> None:
    plain = [record(str(number), "none", "xx") for number in range(9)]
    same = [record(str(number), "strangers", "xx") for number in range(9)]
    better = [record(str(number), "strangers", "abcd") for number in range(9)]
    assert figures.control_holds(plain) and figures.control_holds(plain + same)
    assert not figures.control_holds(plain + better)


def test_a_half_line_is_no_record(tmp_path: Path) -> None:
    file = tmp_path / "it.jsonl"
    assert figures.read(file) == []
    file.write_bytes(b'{"key": "ab')
    figures.append(file, record("a", "none", "x"))
    figures.append(file, record("b", "none", "x"))
    assert [one.hole for one in figures.read(file)] == ["a", "b"]


def test_an_unknown_way_is_refused() -> None:
    assert arguments(["--ways", "none,strangers"]).ways == ["none", "strangers"]
    with pytest.raises(SystemExit):
        arguments(["--ways", "none,nothing"])


def test_a_stranger_speaks_the_same_language() -> None:
    listed = packages()
    for package in listed:
        other = next(one for one in listed if one.name == stranger_of(package, listed))
        assert other != package and other.language == package.language


def tarball(path: Path, names: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as made:
        for name, data in names.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("package/src/link.ts")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        made.addfile(link)
    return path


def test_only_sources_are_unpacked(tmp_path: Path) -> None:
    names = {"package/src/a.ts": b"let a = 1", "package/dist/a.js": b"var a", "package/src/b.png": b"no"}
    unpack(tarball(tmp_path / "a.tgz", names), tmp_path / "out", ("src",))
    assert [path.name for path in (tmp_path / "out").rglob("*.*")] == ["a.ts"]


def test_nothing_is_unpacked_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="holds the path"):
        unpack(tarball(tmp_path / "a.tgz", {"package/../../a.ts": b""}), tmp_path / "out", ())
    with zipfile.ZipFile(tmp_path / "b.whl", "w") as made:
        made.writestr("/a.py", "")
    with pytest.raises(RuntimeError, match="holds the path"):
        unpack(tmp_path / "b.whl", tmp_path / "out2", ())


def test_a_module_is_unpacked_without_its_version(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.zip", "w") as made:
        made.writestr("example.com/shop@v1.0.0/till/till.go", "package till\n")
        made.writestr("example.com/shop@v1.0.0/go.mod", "module example.com/shop\n")
    unpack(tmp_path / "m.zip", tmp_path / "out", ())
    there = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*")}
    assert there == {"go.mod", "till/till.go"}


def test_a_package_has_a_folder_of_its_digest() -> None:
    package = Package("@a/b", "npm", "1", "f" * 64, "MIT", "typescript", "2025-02")
    assert package.folder == f"b-{'f' * 12}"
