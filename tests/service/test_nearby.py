"""What stands before ghost text: which pieces of other files, when none, and that they stay where they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
from tests.service.indexing import scanned
from tests.service.test_index_scan import write

from postil.core.completion.context import NO_CONTEXT, Context, Header, Pieces
from postil.core.completion.cursor import Cursor
from postil.core.completion.prompt import infill_request
from postil.core.completion.window import window
from postil.core.models.families import FimTokens
from postil.core.request import InfillRequest, LoadOptions, Snippet, Usage
from postil.core.review.profile import profiles
from postil.engine.scripted import ScriptedEngine
from postil.service.completion.nearby import Nearby
from postil.service.config.workspace import FolderConfig, WorkspaceConfig
from postil.service.context.index.place import IndexPlace, index_place
from postil.service.context.index.store import Store
from postil.service.context.indexes import Indexes
from postil.service.engines import CompletionContext
from postil.service.jobs import Jobs
from postil.service.personas.load import PersonaSet, load_personas
from postil.settings import IndexSettings, Settings, settings_of

T = TypeVar("T")

FIM = FimTokens(prefix="<p>", suffix="<s>", middle="<m>", file="<f>")
# What an engine tells of a prompt of some length.
FAST = Usage(prompt_tokens=1000, prompt_seconds=1.0)
SHIP = "def parcel_fee(weight, zone):\n    return weight * zone\n"
CODE = "from shop.ship import parcel_fee\n\n\ndef total(weight, zone):\n    return parcel_fee("


class Asked(Indexes):
    """The real ones, of one folder that was scanned before; counts how often they are asked."""

    def __init__(self, place: IndexPlace, jobs: Jobs) -> None:
        super().__init__(jobs, lambda _: None)
        self.count = 0
        settings = Settings(index=IndexSettings(enabled=True), trust_workspace=True)
        self.use(WorkspaceConfig((FolderConfig(settings, PersonaSet({}), place.root),)))

    async def ask(self, path: str, question: Callable[[Store, str], T]) -> T | None:
        self.count += 1
        return await super().ask(path, question)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> IndexPlace:
    monkeypatch.setenv("POSTIL_CACHE_DIR", str(tmp_path / "cache"))
    write(tmp_path / "work", {"shop/ship.py": SHIP, "pay.py": CODE + "1, 2)\n", "other.py": "def unlike(): pass\n"})
    found = index_place(tmp_path / "work")
    scanned(found)
    return found


@pytest.fixture
async def indexes(place: IndexPlace) -> AsyncIterator[Asked]:
    jobs = Jobs()
    found = Asked(place, jobs)
    yield found
    found.close()
    await jobs.aclose()


def context(most: int, import_chars: int = 500) -> CompletionContext:
    settings, persona = settings_of({"completion": {"context_chars": most}}), load_personas().personas["completer"]
    profile = profiles()["unmeasured"]
    rules = msgspec.structs.replace(profile.completion, import_chars=import_chars)
    profile = msgspec.structs.replace(profile, completion=rules)
    return CompletionContext(ScriptedEngine([]), "m", persona, settings, LoadOptions(), profile, fim=FIM)


def cursor(place: IndexPlace, before: str = CODE) -> Cursor:
    return Cursor((place.root / "pay.py").as_uri(), "python", before, ")\n")


async def of(nearby: Nearby, at: Cursor, asked: CompletionContext, indexes: Asked | None) -> Context:
    return await nearby.of(at, window(at.before, at.after, 900, 90), asked, indexes)


def prompt(at: Cursor, found: Context) -> str:
    profile, persona = profiles()["unmeasured"], context(0).persona
    seen = window(at.before, at.after, 900, 90)
    request = infill_request("m", profile, persona, LoadOptions(), seen, 0, FIM, found)
    assert request is not None and request.fim is not None
    return request.fim.prompt(request.prefix, request.suffix, "", request.path, request.others)


def quick() -> Nearby:
    nearby = Nearby()
    nearby.measured(FAST)
    return nearby


async def test_the_definition_in_another_file_stands_above_the_line(place: IndexPlace, indexes: Asked) -> None:
    nearby, at = Nearby(), cursor(place)
    none = await of(nearby, at, context(4000), indexes)
    assert none.header == Header() and none.pieces == Pieces(), "nobody knows how fast the engine is"
    nearby.measured(FAST)
    found = await of(nearby, at, context(4000), indexes)
    assert found.pieces.snippets[-1] == Snippet("shop/ship.py", SHIP.rstrip())
    said = prompt(at, found)
    assert "# From shop/ship.py:\n# def parcel_fee(weight, zone):\n#     return weight * zone\n" in said
    assert said.endswith("    return parcel_fee(<s>)\n<m>")
    off = await of(nearby, at, context(0), indexes)
    assert off.pieces == Pieces() and off.header.snippets == ()


async def test_an_import_out_of_sight_is_told_with_its_signature(place: IndexPlace, indexes: Asked) -> None:
    far = CODE.partition("def total")[0] + "x = 1\n" * 200 + "fee = "
    found = await of(quick(), cursor(place, far), context(4000), indexes)
    assert found.header.imports == "from shop.ship import parcel_fee"
    assert found.header.path == "pay.py"
    assert found.header.snippets == (Snippet("shop/ship.py", "def parcel_fee(weight, zone):"),)
    said = prompt(cursor(place, far), found)
    assert said.startswith(
        "<f>shop/ship.py\ndef parcel_fee(weight, zone):\n<f>pay.py\n<p>from shop.ship import parcel_fee\n\nx"
    )
    # Without an index the lines of the file itself are there all the same.
    alone = await of(quick(), cursor(place, far), context(4000), None)
    assert alone.header.imports == found.header.imports and alone.header.snippets == ()
    assert (await of(quick(), cursor(place, far), context(0, 0), indexes)).header == Header()


async def test_nothing_is_looked_for_again_while_a_word_is_typed(place: IndexPlace, indexes: Asked) -> None:
    nearby, begun = quick(), CODE.removesuffix("parcel_fee(")
    first = await of(nearby, cursor(place, begun + "par"), context(4000), indexes)
    asked = indexes.count
    assert await of(nearby, cursor(place, begun + "parcel"), context(4000), indexes) == first
    assert indexes.count == asked
    assert nearby.held(cursor(place, begun + "parcel")) == first
    assert nearby.held(cursor(place, begun + "\n")) == NO_CONTEXT
    await of(nearby, cursor(place, begun + "parcel_fee("), context(4000), indexes)
    assert indexes.count == asked + 1, "the pieces alone"


async def test_a_slow_engine_gets_no_pieces_and_a_short_header(place: IndexPlace, indexes: Asked) -> None:
    far = CODE.partition("def total")[0] + "x = 1\n" * 200 + "fee = "
    nearby = Nearby()
    nearby.measured(Usage(prompt_tokens=1000, prompt_seconds=20.0))
    slow = await of(nearby, cursor(place, far), context(4000), indexes)
    assert slow.header.imports and slow.pieces.snippets == ()
    nearby.measured(Usage(prompt_tokens=1000, prompt_seconds=500.0))
    crawling = await of(nearby, cursor(place, "# x\n" * 90 + far), context(4000), indexes)
    assert crawling.header.imports == "" and crawling.header.snippets == ()
    nearby.measured(Usage(prompt_tokens=1000, cached_tokens=990, prompt_seconds=0.1))
    assert not (await of(nearby, cursor(place, far), context(4000), indexes)).pieces.snippets, (
        "ten tokens tell no speed"
    )


async def test_an_index_that_is_there_later_is_asked_again(
    place: IndexPlace, indexes: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = CODE.partition("def total")[0] + "x = 1\n" * 200 + "fee = "
    nearby = quick()
    with monkeypatch.context() as patched:

        async def nothing(*_: object) -> None:
            return None

        patched.setattr(indexes, "ask", nothing)
        assert (await of(nearby, cursor(place, far), context(4000), indexes)).header.snippets == ()
    assert (await of(nearby, cursor(place, far), context(4000), indexes)).header.snippets


async def test_imports_stay_at_the_top_where_no_index_answers(
    place: IndexPlace, indexes: Asked, tmp_path: Path
) -> None:
    """They went when their name was typed, and the engine read all again."""
    far = CODE.partition("def total")[0] + "x = 1\n" * 200 + "fee = "
    elsewhere = (tmp_path / "elsewhere.py").as_uri()
    nearby = quick()
    first = await of(nearby, replace(cursor(place, far), uri=elsewhere), context(4000), indexes)
    assert first.header.imports and not first.header.path
    then = await of(nearby, replace(cursor(place, far + "parcel_fee("), uri=elsewhere), context(4000), indexes)
    assert then.header == first.header


async def test_what_was_overtaken_is_not_held(
    place: IndexPlace, indexes: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    nearby, gate = quick(), asyncio.Event()
    ask = indexes.ask

    async def slow(path: str, question: Callable[[Store, str], T]) -> T | None:
        monkeypatch.setattr(indexes, "ask", ask)
        await gate.wait()
        return await ask(path, question)

    monkeypatch.setattr(indexes, "ask", slow)
    below = CODE + "1, 2)\nfee = parcel_fee("
    old = asyncio.create_task(of(nearby, cursor(place), context(4000), indexes))
    await asyncio.sleep(0)
    new = await of(nearby, cursor(place, below), context(4000), indexes)
    gate.set()
    assert await old != new
    assert nearby.held(cursor(place, below)) == new


async def test_pieces_of_a_file_that_was_just_ignored_are_not_shown(place: IndexPlace, indexes: Asked) -> None:
    assert (await of(quick(), cursor(place), context(4000), indexes)).pieces.snippets
    # The index still has it.
    (place.root / ".postilignore").write_text("shop/\nother.py\n", encoding="utf-8")
    found = await of(quick(), cursor(place), context(4000), indexes)
    assert found.pieces.snippets == () and found.header.snippets == ()


async def test_an_index_that_does_not_answer_holds_nothing_up(
    place: IndexPlace, indexes: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(indexes, "ask", never)
    monkeypatch.setattr("postil.service.completion.nearby._MOST_SECONDS", 0.01)
    found = await of(quick(), cursor(place), context(4000), indexes)
    assert found.pieces.snippets == () and found.header.snippets == ()


def test_what_leaves_no_room_is_left_out() -> None:
    long = (Snippet("a.py", "x = 1\n" * 400),)
    short = (Snippet("b.py", "y = 1"),)
    profile, persona = profiles()["unmeasured"], load_personas().personas["completer"]

    def asked(beside: Context) -> InfillRequest:
        load, seen = LoadOptions(num_ctx=600), window(CODE, "", 900, 90)
        found = infill_request("m", profile, persona, load, seen, 0, FIM, beside)
        assert found is not None
        return found

    header = Header(path="pay.py", snippets=short)
    whole = asked(Context(header, Pieces(snippets=short), 5, "python"))
    assert whole.snippets == short and "# From b.py" in whole.prefix
    first = asked(Context(header, Pieces(snippets=long), 5, "python"))
    assert first.snippets == short and first.prefix == CODE
    none = asked(Context(Header(path="pay.py", snippets=long), Pieces(snippets=short), 5, "python"))
    assert none.snippets == () and none.prefix == CODE and none.path == ""
