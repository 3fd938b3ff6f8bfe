"""The evaluation of questions to an index: which places are right, what is counted, and that its control is one."""

from __future__ import annotations

from array import array
from collections import Counter
from pathlib import Path

import pytest
from bench.context.fetching import packages
from bench.retrieval import questions as asked
from bench.retrieval.__main__ import FIGURES, arguments, table
from bench.retrieval.questions import Question, place_of, questions, spans
from bench.retrieval.ways import CONTROL, WAYS
from rich.console import Console
from tests.service.indexing import scanned
from tests.service.test_index_scan import write
from tests.service.vectors import filled, model

from postil.service.context.index.place import IndexPlace
from postil.service.context.index.store import Store, open_store
from postil.service.context.query.search import FoundChunk

FILES = {
    f"shop/part_{n}.py": f"def part_{n}(value):\n    return value * {n}\n\n\ndef odd_{n}(): pass\n" for n in range(40)
}
RIGHT = Question("shop", "tune", "What is a part of seven?", {"shop/part_7.py": ("part_7",)})


@pytest.fixture
async def store(tmp_path: Path) -> Store:
    root = tmp_path / "work"
    write(root, FILES)
    place = IndexPlace(root.resolve(), tmp_path / "index")
    scanned(place)
    await filled(place)
    found = open_store(place)
    assert found is not None
    return found


def test_the_questions_are_sixty_about_three_languages() -> None:
    there = {one.name: one.language for one in packages()}
    found = questions()
    assert Counter(one.split for one in found) == {"tune": 30, "last-look": 30}
    assert len({there[one.package] for one in found}) == len({one.package for one in found}) == 3
    assert len({one.text for one in found}) == 60 and all(one.places for one in found)
    assert questions("tune") == tuple(one for one in found if one.split == "tune")


def test_none_quotes_a_name_that_it_asks_for() -> None:
    for one in questions():
        names = {part for names in one.places.values() for name in names for part in name.split(".")}
        assert not names & set(one.text.replace("?", "").split()), one.text


def chunk(path: str, first: int, last: int) -> FoundChunk:
    return FoundChunk(1, path, "python", first, last, "", 0.0)


def test_a_place_is_right_when_rows_of_it_were_found(store: Store) -> None:
    with store:
        right = spans(store, RIGHT)
        assert right == {"shop/part_7.py": [(0, 2)]}
        found = [chunk("shop/part_8.py", 0, 2), chunk("shop/part_7.py", 2, 5), chunk("shop/part_7.py", 1, 5)]
        assert place_of(right, found) == 3 and place_of(right, found[:2]) == 0
        assert spans(store, Question("", "tune", "", {"shop/part_7.py": (asked.ANYWHERE,)})) == {
            "shop/part_7.py": [(0, 5)]
        }
        for places in ({"shop/part_7.py": ("gone",)}, {"gone.py": (asked.ANYWHERE,)}):
            with pytest.raises(ValueError, match="gone"):
                spans(store, Question("shop", "tune", "", places))


async def test_the_control_finds_something_else(store: Store) -> None:
    vector = await model().of_question("def part_7 value")
    with store:
        found = {way: [one.chunk for one in WAYS[way](store, RIGHT, vector)] for way in WAYS}
        assert all(found.values())
        assert sorted(found["meaning"]) == sorted(found[CONTROL]) or found["meaning"][:3] != found[CONTROL][:3]
        assert WAYS[CONTROL](store, RIGHT, vector) == WAYS[CONTROL](store, RIGHT, array("f", vector))


def test_the_figures() -> None:
    places = [1, 5, 6, 0]
    assert {name: figure(places) for name, figure in FIGURES.items()} == {
        "@5": 0.5, "@10": 0.75, "MRR": pytest.approx((1 + 1 / 5 + 1 / 6) / 4),
    }  # fmt: skip
    shown = Console(width=120, record=True, file=None, quiet=False)
    with shown.capture() as said:
        shown.print(table({"both": {RIGHT: 2}}, {"both": [3.0]}, "title"))
    assert "1.00 (1.00 to 1.00)" in said.get() and "0.50" in said.get()
    assert arguments(["--ways", "both"]).ways == ["both"]
    with pytest.raises(SystemExit):
        arguments(["--ways", "neither"])
