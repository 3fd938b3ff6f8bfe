"""The vectors of an index: all that a fresh one would have, whatever happened; and what a question finds by them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.service.indexing import LIMITS, scanned
from tests.service.test_index_scan import FILES, STEPS, apply, write
from tests.service.vectors import NAME, filled, model, vectors

from postil.engine.base import EngineUnavailable
from postil.engine.choose import EngineChoice
from postil.engine.scripted import Rule, ScriptedEngine, scripted_choice
from postil.service.config.workspace import FolderConfig, WorkspaceConfig
from postil.service.context import keeper as keeping
from postil.service.context.embedding import fill as filling
from postil.service.context.embedding.fill import fill
from postil.service.context.embedding.model import EmbeddingModel
from postil.service.context.index.place import IndexPlace, index_place
from postil.service.context.index.store import IndexTrouble, Store, open_store
from postil.service.context.index.vectors import Embedder, add, bare, counted, embedder_of, use
from postil.service.context.index.write import remove
from postil.service.context.indexes import Indexes
from postil.service.context.keeper import IndexKeeper
from postil.service.context.query import question as asking
from postil.service.context.query.question import best, by_meaning, find
from postil.service.context.query.search import by_words
from postil.service.context.scanning.update import needs_scan, update
from postil.service.engines import EngineHolder
from postil.service.jobs import Jobs
from postil.service.personas.load import PersonaSet
from postil.settings import IndexSettings, ModelSettings, Settings


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> IndexPlace:
    monkeypatch.setenv("POSTIL_CACHE_DIR", str(tmp_path / "cache"))
    root = tmp_path / "work"
    write(root, FILES)
    made = index_place(root)
    scanned(made)
    return made


def many(place: IndexPlace, files: int = 100) -> None:
    """More than one batch."""
    write(place.root, {f"many/{n}.py": f"def many_{n}(value):\n    return value * {n}\n" for n in range(files)})
    scanned(place)


def opened(place: IndexPlace) -> Store:
    store = open_store(place)
    assert store is not None
    return store


def fresh(place: IndexPlace, folder: Path) -> dict[tuple[str, int], bytes]:
    """The vectors of an index that is made of the same files now."""
    other = IndexPlace(place.root, folder)
    scanned(other)
    asyncio.run(filled(other))
    return vectors(other)


async def test_each_chunk_gets_one(place: IndexPlace) -> None:
    many(place)
    end = await filled(place)
    assert end.made == end.there == end.chunks == len(vectors(place)) > 100
    assert (await filled(place)).made == 0
    with opened(place) as store:
        assert embedder_of(store) == Embedder(NAME)


async def test_only_what_has_changed_is_asked_for(place: IndexPlace) -> None:
    many(place)
    await filled(place)
    before = vectors(place)
    write(place.root, {"many/7.py": "def another(): pass\n", "notes.lua": FILES["notes.lua"] + "\n\n"})
    (place.root / "web/app.ts").unlink()
    scanned(place)
    assert ("many/7.py", 0) not in vectors(place), "it goes with its chunk"
    assert (await filled(place)).made == 1
    after = vectors(place)
    assert after.keys() == before.keys() - {("web/app.ts", 0), ("web/app.ts", 1)}
    assert {one for one in after if before[one] != after[one]} == {("many/7.py", 0)}


async def test_those_of_another_model_are_made_anew(place: IndexPlace) -> None:
    await filled(place)
    count = len(vectors(place))
    assert (await filled(place, model("another"))).made == count
    with opened(place) as store:
        assert embedder_of(store) == Embedder("another")
    assert (await filled(place, model("another", "sha256:1"))).made == count, "other weights of the same name"
    assert (await filled(place, model("another", "sha256:1"))).made == 0


async def test_vectors_of_two_dimensions_never_meet(place: IndexPlace) -> None:
    """A model was replaced by another one of the same name, and its engine tells no digests."""
    await filled(place)
    with opened(place) as store:
        (path,) = store.rows(tuple[str], "SELECT path FROM files LIMIT 1")[0]
        write(place.root, {path: (place.root / path).read_text() + "\ndef more(): pass\n"})
        update(store, place, [place.root / path], LIMITS)
        some = bare(store, 1, 1000)
        assert add(store, Embedder(NAME), [(some[0], [0.6, 0.8])])
        assert store.rows(tuple[int, bytes], "SELECT chunk, body FROM vectors") == [(some[0].chunk, b"\x5f\x7f")]
        assert by_meaning(store, [1.0, 0.0, 0.0], 5) == [] and len(by_meaning(store, [1.0, 0.0], 5)) == 1


def test_a_chunk_that_changed_while_its_vector_was_made_gets_none(place: IndexPlace) -> None:
    """The number of the last chunk that goes is that of the next one that comes."""
    with opened(place) as store:
        use(store, Embedder(NAME))
        last = bare(store, 100, 10_000)[-1]
        assert remove(store, last.path)
        write(place.root, {"zz.py": "def later(): pass\n"})
        update(store, place, [place.root / "zz.py"], LIMITS)
        assert last.chunk in {one.chunk for one in bare(store, 100, 10_000)}, "the control"
        assert add(store, Embedder(NAME), [(last, [1.0])])
        assert counted(store) == 0


async def test_a_second_model_ends_the_first(place: IndexPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has no lock: a version of Postil that doesn't know it."""
    many(place)
    async with aclosing(fill(place, model())) as steps:
        await anext(steps)
        with opened(place) as store:
            use(store, Embedder("another"))
        with pytest.raises(IndexTrouble, match="another model"):
            await anext(steps)


async def test_an_index_that_is_made_anew_meanwhile(place: IndexPlace) -> None:
    many(place)
    async with aclosing(fill(place, model())) as steps:
        await anext(steps)
        scanned(place, anew=True)
        step = [step async for step in steps][-1]
    assert step.ended and step.there == step.chunks == len(vectors(place))


async def test_without_an_index_there_is_nothing_to_do(place: IndexPlace) -> None:
    place.forget()
    end = await filled(place)
    assert (end.made, end.chunks) == (0, 0) and not place.folder.exists()


async def test_cancelled_it_keeps_the_batches_before(place: IndexPlace) -> None:
    many(place)
    async with aclosing(fill(place, model())) as steps:
        first = await anext(steps)
    assert len(vectors(place)) == first.made < first.chunks
    end = await filled(place)
    assert end.made == end.chunks - first.made


async def test_an_engine_that_fails_leaves_what_is_there(place: IndexPlace) -> None:
    many(place)
    failing = ScriptedEngine([Rule("many 50", "embed", error="unavailable")])
    with pytest.raises(EngineUnavailable):
        await filled(place, model(engine=failing))
    made = len(vectors(place))
    assert made > 0
    assert (await filled(place)).there == made + (await filled(place)).there - made == len(vectors(place))


async def test_another_process_is_waited_for(place: IndexPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "_POLL", 0.01)
    many(place)
    async with aclosing(fill(place, model())) as first, aclosing(fill(place, model())) as second:
        step = await anext(first)
        assert (await anext(second)).waiting and (await anext(second)).waiting
        await first.aclose()
        assert (await anext(second)).there > step.there


FILLING = """
import asyncio, os, sys
from contextlib import aclosing
from pathlib import Path
from tests.service.vectors import model
from postil.service.context.embedding.fill import fill
from postil.service.context.index.place import index_place

async def main():
    async with aclosing(fill(index_place(Path(sys.argv[1])), model())) as steps:
        async for step in steps:
            print(step.there, flush=True)

asyncio.run(main())
"""


def process(place: IndexPlace) -> subprocess.Popen[bytes]:
    return subprocess.Popen((sys.executable, "-c", FILLING, str(place.root)), stdout=subprocess.PIPE)


@pytest.mark.slow
@pytest.mark.parametrize("there", [1, 60, 120])
def test_killed_at_any_moment_it_has_the_batches_before(place: IndexPlace, there: int, tmp_path: Path) -> None:
    many(place, 200)
    running = process(place)
    assert running.stdout is not None
    said = next(int(line) for line in running.stdout if int(line) >= there)
    running.kill()
    running.communicate()
    plain, found = fresh(place, tmp_path / "other"), vectors(place)
    assert found == {one: plain[one] for one in found} and said <= len(found)
    assert asyncio.run(filled(place)).made == len(plain) - len(found)
    assert vectors(place) == plain


@pytest.mark.slow
def test_two_processes_at_once(place: IndexPlace, tmp_path: Path) -> None:
    many(place, 200)
    both = [process(place), process(place)]
    for one in both:
        one.communicate(timeout=60)
    assert [one.returncode for one in both] == [0, 0]
    assert vectors(place) == fresh(place, tmp_path / "other")


ANY_STEPS = STEPS | st.tuples(st.just("vectors"), st.just(""), st.sampled_from(["all", "some"]))


@pytest.mark.slow
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], database=None, deadline=None)
@given(st.lists(ANY_STEPS, min_size=1, max_size=12))
def test_whatever_happens_they_are_those_of_a_fresh_index(steps: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as made:
        root = Path(made) / "work"
        root.mkdir()
        place = IndexPlace(root.resolve(), Path(made) / "index")
        scanned(place)
        for step in steps:
            if step[0] == "vectors":
                asyncio.run(filled(place) if step[2] == "all" else one_batch(place))
                continue
            touched = apply(root, step)
            if step[0] == "scan" or needs_scan(touched):
                scanned(place)
            else:
                with opened(place) as store:
                    update(store, place, touched, LIMITS)
            vectors(place)
        scanned(place)
        asyncio.run(filled(place))
        assert vectors(place) == fresh(place, Path(made) / "other")


async def one_batch(place: IndexPlace) -> None:
    async with aclosing(fill(place, model())) as steps:
        await anext(steps)


SHOP = {
    "shop/parcel.py": "def fee(weight):\n    return weight * 3\n",
    "shop/retry.py": "def pause(tries):\n    # waiting grows with each failure\n    return 2 ** tries\n",
    "tests/test_parcel.py": "def test_fee():\n    # fee of a weight, weight of a fee\n    assert fee(2) == 6\n",
    "shop/long.py": "def long(value):\n" + "".join(f"    parcel_weight_{n} = value\n\n" for n in range(60)),
}


@pytest.fixture
async def shop(tmp_path: Path) -> Store:
    root = tmp_path / "shop"
    write(root, SHOP)
    place = IndexPlace(root.resolve(), tmp_path / "index")
    scanned(place)
    await filled(place)
    return opened(place)


async def test_a_question_finds_by_meaning_and_by_words(shop: Store) -> None:
    asked = await model().of_question("what is the fee of a weight?")
    with shop:
        assert [one.path for one in find(shop, "What is the fee of a weight?", asked, 9)][:2] == [
            "shop/parcel.py", "shop/long.py",
        ]  # fmt: skip
        assert [one.path for one in find(shop, "How long is waiting after a failure?", None, 9)] == [
            "shop/retry.py", "shop/long.py",
        ]  # fmt: skip
        assert find(shop, "", None, 9) == [] and find(shop, "the", None, 9) == []
        assert find(shop, "nowhere", None, 9) == [] and len(find(shop, "weight", asked, 1)) == 1


async def test_one_piece_of_a_function_and_tests_last(shop: Store) -> None:
    with shop:
        pieces = by_words(shop, "parcel weight", 50)
        assert len(pieces) > 4, "the control"
        paths = [one.path for one in best(shop, "parcel weight", pieces, 50)]
        assert paths.count("shop/long.py") == 1 and paths[-1] == "tests/test_parcel.py"
        tests = [one.path for one in find(shop, "which test has the fee of a weight?", None, 9)]
        assert tests[0] == "tests/test_parcel.py"


@pytest.mark.parametrize("question", ["", 'and ? * " OR', "x" * 100, "NEAR(a b)", "parc", "'; DROP TABLE chunks"])
def test_no_question_is_a_query(shop: Store, question: str) -> None:
    with shop:
        by_words(shop, question, 5)


async def test_the_nearest_are_those_of_plain_arithmetic(place: IndexPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    many(place)
    await filled(place)
    asked = await model().of_question("def many_7 value")
    with opened(place) as store:
        all_of_them = by_meaning(store, asked, 10_000)
        assert len(all_of_them) == counted(store)
        assert all_of_them == sorted(all_of_them, key=lambda one: (-one[1], one[0]))
        monkeypatch.setattr(asking, "COMPARED", 40)
        assert by_meaning(store, asked, 3) == all_of_them[:3]


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def configured(folder: Path, embedding: str | None) -> WorkspaceConfig:
    chosen = Settings(index=IndexSettings(enabled=True), model=ModelSettings(embedding=embedding))
    return WorkspaceConfig((FolderConfig(chosen, PersonaSet({}), folder),))


@pytest.mark.slow
async def test_the_server_makes_them_where_a_model_is_chosen(place: IndexPlace) -> None:
    engine = ScriptedEngine([Rule("", "embed")])

    async def choose(_: Settings) -> EngineChoice:
        return await scripted_choice(engine)

    jobs, said = Jobs(), list[str]()
    indexes = Indexes(jobs, said.append, EngineHolder(choose))
    try:
        indexes.use(configured(place.root, None))
        await until(lambda: said[-1:] == [""])
        assert vectors(place) == {}, "nobody has chosen a model"
        with opened(place) as store:
            chunks = store.number("SELECT count(*) FROM chunks")
        indexes.use(configured(place.root, "nowhere"))
        indexes.use(configured(place.root, NAME))
        await until(lambda: len(vectors(place)) == chunks)
        write(place.root, {"saved.py": "def saved(): pass\n"})
        indexes.changed(str(place.root / "saved.py"))
        await until(lambda: ("saved.py", 0) in vectors(place))
        assert said[-1] == "" or "vectors" in said[-1]
    finally:
        indexes.close()
        await jobs.aclose()


async def test_a_model_that_is_not_there_is_not_fetched(place: IndexPlace) -> None:
    engine = ScriptedEngine([])

    async def choose(_: Settings) -> EngineChoice:
        return await scripted_choice(engine)

    holder = EngineHolder(choose)
    assert await holder.embedder(Settings()) is None
    with pytest.raises(Exception, match="postil models pull all-minilm:22m"):
        await holder.embedder(Settings(model=ModelSettings(embedding="all-minilm:22m")))


async def test_reviews_go_before(place: IndexPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_PAUSE", 0.0)
    many(place)
    seen: list[int] = []

    class Busy(Jobs):
        @property
        def busy(self) -> bool:
            seen.append(len(vectors(place)))
            return len(seen) < 4

    async def embedding() -> EmbeddingModel:
        return model()

    jobs = Busy()
    keeper = IndexKeeper(place.root, LIMITS, jobs, lambda: None, embedding)
    try:
        keeper.fill()
        await until(lambda: len(vectors(place)) > 100)
    finally:
        keeper.close()
        await jobs.aclose()
    assert len(set(seen[:4])) == 1 < len(set(seen)), "no batch while a review waits"
