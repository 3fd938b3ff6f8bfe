"""Pieces of other files before ghost text: which, when none, and that they stay while the cursor is near."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.service.indexing import scanned
from tests.service.test_index_scan import write

from postil.core.completion.context import NO_CONTEXT, Context
from postil.core.completion.cursor import Cursor
from postil.core.completion.prompt import infill_request
from postil.core.completion.window import window
from postil.core.models.families import FimTokens
from postil.core.request import LoadOptions, Snippet, Usage
from postil.core.review.profile import profiles
from postil.engine.scripted import ScriptedEngine
from postil.service.completion.nearby import Nearby
from postil.service.config.workspace import FolderConfig, WorkspaceConfig
from postil.service.context.index.place import IndexPlace, index_place
from postil.service.context.indexes import Indexes
from postil.service.engines import CompletionContext
from postil.service.jobs import Jobs
from postil.service.personas.load import PersonaSet, load_personas
from postil.settings import IndexSettings, Settings, settings_of

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

    async def similar(self, path: str, text: str, k: int) -> tuple[str, tuple[Snippet, ...]]:
        self.count += 1
        return await super().similar(path, text, k)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> IndexPlace:
    monkeypatch.setenv("POSTIL_CACHE_DIR", str(tmp_path / "cache"))
    write(tmp_path / "work", {"shop/ship.py": SHIP, "pay.py": CODE + "1, 2)\n", "other.py": "def unlike(): pass\n"})
    found = index_place(tmp_path / "work")
    scanned(found)
    return found


def context(most: int) -> CompletionContext:
    settings, persona = settings_of({"completion": {"context_chars": most}}), load_personas().personas["completer"]
    return CompletionContext(
        ScriptedEngine([]), "m", persona, settings, LoadOptions(), profiles()["unmeasured"], fim=FIM
    )


def cursor(place: IndexPlace, above: int = 0) -> Cursor:
    return Cursor((place.root / "pay.py").as_uri(), "python", "# x\n" * above + CODE, ")\n")


async def test_the_definition_in_another_file_stands_next_to_the_text(place: IndexPlace) -> None:
    jobs = Jobs()
    indexes = Asked(place, jobs)
    nearby = Nearby(indexes)
    try:
        assert await nearby.of(cursor(place), context(4000)) == NO_CONTEXT, "nobody knows how fast the engine is"
        nearby.measured(FAST)
        found = await nearby.of(cursor(place), context(4000))
        assert found.path == "pay.py" and found.snippets[-1] == Snippet("shop/ship.py", SHIP.rstrip())
        request = infill_request(
            "m", profiles()["unmeasured"], context(0).persona, LoadOptions(), window(CODE, ")", 900, 90), 0, FIM, found
        )
        assert request is not None and request.fim is not None
        prompt = request.fim.prompt(request.prefix, request.suffix, "", request.path, request.others)
        assert prompt.endswith(f"<f>shop/ship.py\n{SHIP}<f>pay.py\n<p>{CODE}<s>)<m>")
        # A few lines on they are what they were; a function on they are looked for anew.
        assert await nearby.of(cursor(place, above=20), context(4000)) is found and indexes.count == 1
        assert nearby.held(cursor(place, above=20)) is found
        await nearby.of(cursor(place, above=60), context(4000))
        assert indexes.count == 2
        assert await nearby.of(cursor(place), context(0)) == NO_CONTEXT, "it is off"
    finally:
        indexes.close()
        await jobs.aclose()


async def test_a_slow_engine_gets_none(place: IndexPlace) -> None:
    jobs = Jobs()
    indexes = Asked(place, jobs)
    nearby = Nearby(indexes)
    try:
        nearby.measured(Usage(prompt_tokens=1000, prompt_seconds=500.0))
        assert (await nearby.of(cursor(place), context(4000))).snippets == ()
        nearby.measured(Usage(prompt_tokens=1000, cached_tokens=990, prompt_seconds=0.1))
        assert (await nearby.of(cursor(place, above=90), context(4000))).snippets == (), "ten tokens tell no speed"
    finally:
        indexes.close()
        await jobs.aclose()


async def test_an_index_that_is_there_later_is_asked_again(place: IndexPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = Jobs()
    indexes = Asked(place, jobs)
    nearby = Nearby(indexes)
    nearby.measured(FAST)
    try:
        with monkeypatch.context() as patched:

            async def nothing(*_: object) -> None:
                return None

            patched.setattr(indexes, "ask", nothing)
            assert (await nearby.of(cursor(place), context(4000))).snippets == ()
        assert (await nearby.of(cursor(place), context(4000))).snippets
    finally:
        indexes.close()
        await jobs.aclose()


def test_pieces_that_leave_no_room_are_left_out() -> None:
    from_others = Snippet("a.py", "x = 1\n" * 400)
    profile, persona = profiles()["unmeasured"], load_personas().personas["completer"]
    found = infill_request(
        "m",
        profile,
        persona,
        LoadOptions(num_ctx=600),
        window(CODE, "", 900, 90),
        0,
        FIM,
        Context("u", 0, "pay.py", (from_others,)),
    )
    assert found is not None and found.snippets == ()
