"""A review is told what its unit uses, where the profile says so: of its file, with an index of other files, too."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from tests.service.reviewing import Reviewing, Watched, finished, mend
from tests.service.test_nearby import Asked, indexes, place  # noqa: F401 - fixtures
from tests.service.test_session import SETTINGS, Client, start, until

from postil.cli.report.report import Tally
from postil.cli.review import run as review_run
from postil.core.context.values import Definition, DefinitionKind
from postil.core.request import Usage
from postil.core.review.profile import profiles
from postil.core.syntax.split import plan
from postil.core.syntax.units import Unit
from postil.engine.scripted import scripted_choice
from postil.lsp.to_lsp import reviewed
from postil.service.context.index.place import IndexPlace
from postil.service.engines import EngineHolder
from postil.service.personas.load import load_personas
from postil.service.review import definitions as unit_definitions
from postil.service.review.document_run import Run
from postil.service.review.events import UnitFinished
from postil.service.review.methods import unit_review
from postil.service.review.targets import ReviewedFile
from postil.service.session import Session

TEXT = (
    "from shop.ship import parcel_fee\n\n\n"
    "def half(amount):\n    return amount // 2\n\n\n"
    "def one(first, second):\n    total = first - second\n    print(half(total), parcel_fee(1, 2))\n    return total\n"
)
OWN = "The code above uses what is defined elsewhere as:\n\ndef half(amount):\n"


def allow(monkeypatch: pytest.MonkeyPatch, chars: int) -> None:
    """Each profile has so many characters of definitions for a review."""
    found = {
        name: msgspec.structs.replace(one, definitions=msgspec.structs.replace(one.definitions, review_chars=chars))
        for name, one in profiles().items()
    }
    monkeypatch.setattr(unit_review, "profiles", lambda: found)


def reviewing(folder: Path, path: str, asked: Asked | None = None, text: str = TEXT) -> Reviewing:
    def find(unit: Unit, order: Sequence[DefinitionKind]) -> Awaitable[tuple[Definition, ...]]:
        return unit_definitions.find(unit, order, path, text, asked)

    found = Reviewing(folder, mend("one"))
    found.context = replace(found.context, find=find)
    return found


def told(found: Reviewing) -> str:
    """The first request about `one`."""
    return next(one.messages[-1].content for one in found.engine.asked if "def one" in one.messages[-1].content)


async def test_of_the_units_own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, 1000)
    found = reviewing(tmp_path, "pay.py")
    events = await found.run(TEXT)
    assert f"    return total\n```\n\n{OWN}\nThe code above has exactly one" in told(found)
    assert [one.untold for one in finished(events)] == [0, 0]


async def test_none_without_a_budget(tmp_path: Path) -> None:
    found = reviewing(tmp_path, "pay.py")
    await found.run(TEXT)
    assert "defined elsewhere" not in told(found)


async def test_of_other_files_by_the_index(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: IndexPlace,  # noqa: F811
    indexes: Asked,  # noqa: F811
) -> None:
    allow(monkeypatch, 1000)
    found = reviewing(tmp_path, str(place.root / "pay.py"), indexes)
    await found.run(TEXT)
    assert f"{OWN}# shop/ship.py\ndef parcel_fee(weight, zone):\n\n" in told(found)
    # A file of a folder that has none.
    outside = reviewing(tmp_path, str(tmp_path / "elsewhere" / "pay.py"), indexes)
    await outside.run(TEXT)
    assert f"{OWN}\nThe code" in told(outside)


async def test_an_editors_review_and_its_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, 1000)
    (tmp_path / "journal").touch()
    engine = Watched([mend("one")], tmp_path / "journal")
    client = Client()
    session = Session(client, SETTINGS, load_personas(), EngineHolder(lambda settings: scripted_choice(engine)))
    start(session, TEXT)
    await until(lambda: not session.reviews.runs and not session.jobs.busy)
    await session.aclose()
    assert any(OWN in one.messages[-1].content for one in engine.asked)
    run = Run("file:///pay.py", "/pay.py", untold=3)
    assert reviewed(run)["definitionsLeftOut"] == 3


async def test_a_review_in_the_terminal() -> None:
    lines = tuple(TEXT.split("\n"))
    find = review_run._finder(ReviewedFile("pay.py", "python", lines))
    (unit,) = (one for one in plan(TEXT, "python") if one.name == "one")
    assert [one.head for one in await find(unit, ("calls",))] == ["def half(amount):"]
    tally = Tally()
    tally.add(ReviewedFile("pay.py", "python", lines), UnitFinished(unit, (), Usage(), 0.0, untold=2))
    assert tally.report().untold == 2


async def test_what_was_left_out_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, 5)
    found = reviewing(tmp_path, "pay.py")
    events = await found.run(TEXT)
    assert "defined elsewhere" not in told(found)
    assert sum(one.untold for one in finished(events)) == 1


async def test_a_unit_is_reviewed_again_when_what_it_uses_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(monkeypatch, 1000)
    found = reviewing(tmp_path, "pay.py")
    await found.run(TEXT)
    assert [one.cached for one in finished(await found.run(TEXT))] == [True, True]
    changed = TEXT.replace("half(amount)", "half(amount, by)")
    again = reviewing(tmp_path, "pay.py", text=changed)
    again.context = replace(again.context, cache=found.context.cache)
    ends = {one.unit.name: one.cached for one in finished(await again.run(changed))}
    assert ends == {"half": False, "one": False}
