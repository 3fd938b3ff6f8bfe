"""The session between two saves: runs that meet, and an engine that is kept or chosen anew."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from postil.core.review.finding import Span
from postil.core.syntax.split import plan
from postil.core.syntax.units import Unit
from postil.core.text.edits import LineEdit
from postil.engine.base import EngineFacts, EngineUnavailable, ModelInfo, ModelMissing
from postil.engine.choose import EngineChoice
from postil.engine.scripted import Rule, ScriptedEngine, scripted_choice
from postil.service.client import PullOffer, RunOffer, RunState
from postil.service.config.workspace import Cause, FolderConfig
from postil.service.documents import Document
from postil.service.engines import EngineHolder
from postil.service.personas.load import PersonaSet, load_personas
from postil.service.review import runner as reviews
from postil.service.review.cache import ReviewCache
from postil.service.review.document_run import Run
from postil.service.session import Session
from postil.service.status import Status
from postil.settings import ReviewSettings, Settings

URI = "file:///a.py"
OTHER = "file:///b.py"
SETTINGS = Settings(review=ReviewSettings(min_score=0, show="all"))


class Client:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.ended: list[str] = []
        self.told: list[str] = []
        self.states: list[Status] = []
        self.missing: list[str] = []
        # What was read anew, and by whom.
        self.again: list[tuple[str, frozenset[str]]] = []

    def publish(self, uri: str) -> None: ...

    def progress(self, run: Run, state: RunState) -> None:
        if state == "began":
            self.began.append(run.uri)
        elif state == "ended":
            self.ended.append(run.uri)

    def status(self, status: Status) -> None:
        self.states.append(status)

    def message(self, text: str, *, error: bool = True, offer: PullOffer | RunOffer | None = None) -> None:
        if isinstance(offer, PullOffer):
            self.missing.append(offer.model)
        else:
            self.told.append(text)


def function(name: str, extra: str = "") -> str:
    return f"def {name}(first, second):\n{extra}    total = first - second\n    print(total)\n    return total\n\n\n"


def mend(name: str, hold: Path | None = None) -> Rule:
    return Rule(f"def {name}(", echo=True, replace=(("first - ", "first + "),), hold=hold)


@asynccontextmanager
async def running(rules: list[Rule], settings: Settings = SETTINGS) -> AsyncGenerator[tuple[Session, Client]]:
    engine = ScriptedEngine(rules)
    client = Client()
    session = Session(client, settings, load_personas(), EngineHolder(lambda settings: scripted_choice(engine)))
    review = session.review

    def recorded(uri: str, cause: Cause, *more: Any, only: Collection[str] | None = None) -> str | None:
        if cause == "reload":
            client.again.append((uri, frozenset(only or ())))
        return review(uri, cause, *more, only=only)

    setattr(session, "review", recorded)  # noqa: B010 - a method
    yield session, client
    await session.aclose()


async def until(holds: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


def queued(session: Session, text: str) -> bool:
    """Whether a text's only unit waits or runs."""
    (unit,) = plan(text, "python")
    return (URI, "reviewer", unit.digest) in session.jobs


def start(session: Session, text: str, uri: str = URI, lines: Span | None = None) -> None:
    session.documents.open(Document(uri, text, 1, "python"))
    assert session.review(uri, "save", (lines,) if lines is not None else None) is None


def document(session: Session) -> Document:
    found = session.documents.get(URI)
    assert found is not None
    return found


def shown(session: Session, uri: str = URI) -> list[int]:
    return [placed.span.first for placed in session.findings.of(uri)]


async def test_by_default_a_save_asks_no_model_and_a_request_does() -> None:
    """The symptom: at each save minutes of a laptop's processor, for opinions that are a coin."""
    async with running([mend("one")], Settings(review=ReviewSettings(min_score=0))) as (session, client):
        session.documents.open(Document(URI, function("one"), 1, "python"))
        session.findings.open(URI)
        session.saved(URI)
        assert session.review(URI, "save") == "opinions aren't shown unasked (review.show)"
        assert client.began == [] and "reviews" not in session.__dict__
        assert session.review(URI, "manual") is None
        await until(lambda: client.ended)
        assert len(session.findings.of(URI)) == 1
        # What was asked for once is read anew when settings or personas change, until the file is closed.
        assert session.review(URI, "reload", only=("reviewer",)) is None
        session.closed(URI)
        session.documents.open(Document(URI, function("one"), 1, "python"))
        assert session.review(URI, "reload", only=("reviewer",)) == "opinions aren't shown unasked (review.show)"


async def test_a_request_that_meets_an_unasked_run_shows_all() -> None:
    settings = Settings(review=ReviewSettings(min_score=0, show="calibrated"))
    async with running([mend("one"), mend("two")], settings) as (session, client):
        session.documents.open(Document(URI, function("one"), 1, "python"))
        assert session.review(URI, "save") is None
        assert session.review(URI, "manual") is None
        await until(lambda: client.ended)
        assert len(session.findings.of(URI)) == 1


async def test_a_save_while_the_last_unit_ends_is_reviewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, planning = tmp_path / "gate", threading.Event()
    async with running([mend("one", gate), mend("two")]) as (session, client):
        start(session, function("one"))
        await until(lambda: session.jobs.busy)

        def slow(*given: Any) -> list[Unit]:
            assert planning.wait(10)
            return plan(*given)

        monkeypatch.setattr(reviews, "plan", slow)
        start(session, function("one") + function("two"))
        gate.touch()
        await until(lambda: not session.jobs.busy)
        assert client.ended == [], "there is more to come"
        planning.set()
        await until(lambda: client.ended)
        assert shown(session) == [1, 7]
        assert (client.began, client.ended) == ([URI], [URI])


async def test_a_plan_that_takes_all_waiting_units_away_keeps_its_run(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with running([mend("busy", gate), mend("one")]) as (session, client):
        start(session, function("busy"), OTHER)
        await until(lambda: session.jobs.busy)
        first, second = function("one"), function("one", "    # now\n")
        start(session, first)
        await until(lambda: queued(session, first))
        start(session, second)
        await until(lambda: queued(session, second))
        gate.touch()
        await until(lambda: len(client.ended) == 2)
        assert sorted(client.ended) == sorted(client.began) == [URI, OTHER]
        assert (shown(session), shown(session, OTHER)) == ([2], [1])
        assert session.status.state == "ready"


async def test_a_review_of_some_lines_leaves_what_runs_on_the_others(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    text = function("one") + function("two") + function("three")
    async with running([mend("one", gate), mend("two"), mend("three")]) as (session, client):
        start(session, text)
        await until(lambda: session.jobs.busy)
        start(session, text, lines=Span(7, 8))
        await until(lambda: session.reviews.runs[URI].planned)
        gate.touch()
        await until(lambda: client.ended)
        assert shown(session) == [1, 7, 13]


async def test_a_plan_that_fails_ends_its_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*given: Any) -> list[Unit]:
        raise RuntimeError("oh")

    async with running([]) as (session, client):
        monkeypatch.setattr(reviews, "plan", fails)
        start(session, function("one"))
        await until(lambda: client.ended)
        assert (client.began, client.ended) == ([URI], [URI])


async def test_code_that_moves_while_it_is_read_gets_its_note_where_it_is(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with running([mend("one", gate)]) as (session, client):
        start(session, function("one"))
        await until(lambda: session.jobs.busy)
        session.edited(document(session), [LineEdit(0, 0, 3)])
        gate.touch()
        await until(lambda: client.ended)
        assert shown(session) == [4]


async def test_an_edit_of_a_document_that_was_never_reviewed_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    edits: list[object] = []
    async with running([]) as (session, _):
        monkeypatch.setattr(session.findings, "edit", lambda *given: edits.append(given))
        session.opened(Document(URI, "x = 1\n", 1, "python"))
        session.edited(document(session), [LineEdit(0, 1, 1)])
        assert edits == []
        session.findings.begin(URI)
        session.edited(document(session), [LineEdit(0, 1, 1)])
        assert len(edits) == 1


async def test_code_that_was_edited_while_it_is_read_gets_none(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with running([mend("one", gate)]) as (session, client):
        start(session, function("one"))
        await until(lambda: session.jobs.busy)
        session.edited(document(session), [LineEdit(2, 3, 1)])
        gate.touch()
        await until(lambda: client.ended)
        assert shown(session) == []


async def test_what_is_not_reviewed_says_why() -> None:
    async with running([], Settings(review=ReviewSettings(show="all", personas=("nobody",)))) as (session, client):
        start(session, "x = 1\n")
        await until(lambda: client.ended)
        assert len(client.told) == 1 and "no persona called 'nobody' (review.personas)" in client.told[0]
    async with running([], Settings(review=ReviewSettings(show="all", personas=()))) as (session, client):
        session.documents.open(Document(URI, "x = 1\n", 1, "python"))
        reason = session.review(URI, "save")
        assert reason and "review.personas" in reason
    async with running([]) as (session, client):
        session.documents.open(Document(URI, "x = 1\n" * 200_000, 1, "python"))
        reason = session.review(URI, "save")
        assert reason and "1,000,000" in reason
        assert client.began == []


async def test_the_engine_is_kept_until_settings_that_name_another() -> None:
    chosen: list[Settings] = []
    closed: list[int] = []

    class Closing(ScriptedEngine):
        async def aclose(self) -> None:
            closed.append(len(chosen))

    async def choose(settings: Settings) -> EngineChoice:
        chosen.append(settings)
        if len(chosen) == 2:
            raise EngineUnavailable("away")
        return await scripted_choice(Closing([]))

    holder = EngineHolder(choose)
    persona, cache = load_personas().personas["reviewer"], ReviewCache()
    await asyncio.gather(*(holder.context(Settings(), persona, cache) for _ in range(3)))
    await holder.context(Settings(review=ReviewSettings(show="all")), persona, cache)
    assert len(chosen) == 1 and closed == []
    other = Settings(engine="ollama")
    with pytest.raises(EngineUnavailable):
        await holder.context(other, persona, cache)
    assert closed == [1]
    assert (await holder.context(other, persona, cache)).model == "qwen2.5-coder:1.5b"
    await holder.drop()
    assert (len(chosen), closed) == (3, [1, 3])


def with_system(system: str, name: str = "reviewer", **more: Any) -> PersonaSet:
    """The shipped personas, one of them with other words."""
    shipped = load_personas()
    persona = replace(shipped.personas[name], system=system, **more)
    return PersonaSet({**shipped.personas, name: persona})


def replace_jobs(settings: Settings, jobs: int) -> Settings:
    return msgspec.structs.replace(settings, jobs=jobs)


def notes(session: Session, uri: str = URI) -> list[tuple[int, str]]:
    return [(placed.span.first, placed.finding.persona) for placed in session.findings.of(uri)]


async def test_a_changed_persona_reads_anew_and_its_old_notes_go() -> None:
    text = function("one")
    kind = Rule("def one(", echo=True, system="kind")
    async with running([kind, mend("one")]) as (session, client):
        start(session, text)
        await until(lambda: client.ended)
        assert notes(session) == [(1, "reviewer")]
        session.adopt(FolderConfig(SETTINGS, with_system("Be kind.")))
        await until(lambda: len(client.ended) == 2)
        assert notes(session) == []
        assert client.again == [(URI, frozenset({"reviewer"}))]
        session.adopt(FolderConfig(SETTINGS, load_personas()))
        await until(lambda: len(client.ended) == 3)
        assert notes(session) == [(1, "reviewer")]


async def test_a_reload_that_changes_nothing_asks_nothing() -> None:
    text = function("one")
    async with running([mend("one")]) as (session, client):
        start(session, text)
        await until(lambda: client.ended)
        session.adopt(FolderConfig(SETTINGS, load_personas()))
        other = with_system(
            session.config.home.personas.personas["reviewer"].system, triggers=("manual",), title="Else"
        )
        session.adopt(FolderConfig(SETTINGS, other))
        assert client.again == []
        assert notes(session) == [(1, "reviewer")]


async def test_a_persona_that_changes_while_it_reads_is_replaced_and_the_others_read_on(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    text = function("one") + function("two")
    settings = Settings(review=ReviewSettings(show="all", min_score=0, personas=("reviewer", "other")))
    shipped = load_personas()
    reviewer = shipped.personas["reviewer"]
    other = replace(reviewer, name="other", system="The other one.")
    slow = [replace(mend(name, gate), system="The other one.") for name in ("one", "two")]
    held = [mend(name, tmp_path / "never") for name in ("one", "two")]
    new = [replace(mend(name), system="New words") for name in ("one", "two")]
    async with running([*slow, *new, *held], replace_jobs(settings, 4)) as (session, client):
        personas = PersonaSet({**shipped.personas, "other": other})
        session.adopt(FolderConfig(replace_jobs(settings, 4), personas))
        start(session, text)
        await until(lambda: len(session.jobs._running) == 4)
        changed = replace(reviewer, system="New words.")
        session.adopt(FolderConfig(replace_jobs(settings, 4), PersonaSet({**personas.personas, "reviewer": changed})))
        await until(lambda: len(notes(session)) == 2 and all(persona == "reviewer" for _, persona in notes(session)))
        assert client.ended == []
        gate.touch()
        await until(lambda: client.ended)
        assert sorted(notes(session)) == [(1, "other"), (1, "reviewer"), (7, "other"), (7, "reviewer")]


async def test_a_persona_that_is_switched_off_takes_its_notes_along_and_comes_back() -> None:
    text = function("one")
    async with running([mend("one")]) as (session, client):
        start(session, text)
        await until(lambda: client.ended)
        session.switch("reviewer", on=False)
        assert notes(session) == []
        assert session.status.personas == ()
        assert session.review(URI, "save") is not None
        session.switch("reviewer", on=True)
        await until(lambda: len(client.ended) == 2)
        assert notes(session) == [(1, "reviewer")]
        assert session.status.personas == ("reviewer",)


async def test_what_is_asked_while_a_plan_is_made_is_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    planning = threading.Event()
    text = function("one")
    settings = Settings(review=ReviewSettings(show="all", min_score=0, personas=("reviewer", "other")))
    shipped = load_personas()
    other = replace(shipped.personas["reviewer"], name="other")

    def slow(*given: Any) -> list[Unit]:
        assert planning.wait(10)
        return plan(*given)

    async with running([mend("one")], settings) as (session, client):
        session.adopt(FolderConfig(settings, PersonaSet({**shipped.personas, "other": other})))
        monkeypatch.setattr(reviews, "plan", slow)
        start(session, text)
        session.review(URI, "reload", only=("other",))
        planning.set()
        await until(lambda: client.ended)
        assert sorted(notes(session)) == [(1, "other"), (1, "reviewer")]


async def test_settings_that_decide_about_notes_are_asked_anew() -> None:
    text = function("one")
    async with running([mend("one")]) as (session, client):
        start(session, text)
        await until(lambda: client.ended)
        session.adopt(
            FolderConfig(Settings(review=ReviewSettings(show="all", min_score=1)), session.config.home.personas)
        )
        await until(lambda: len(client.ended) == 2)
        assert notes(session) == []
        session.adopt(
            FolderConfig(
                Settings(review=ReviewSettings(show="all", min_score=1, exclude=("x",))), session.config.home.personas
            )
        )
        assert len(client.again) == 1


async def test_a_model_that_is_too_big_gives_way_to_the_next_smaller_one_for_the_session() -> None:
    big, text = "qwen2.5-coder:1.5b", function("one") + function("two")
    full = Rule("", error="memory", model=big)
    async with running([full, mend("one"), mend("two")]) as (session, client):
        start(session, text)
        await until(lambda: client.ended)
        assert shown(session) == [1, 7]
        assert (
            len(client.told) == 1 and big in client.told[0] and "qwen2.5-coder:0.5b takes its place" in client.told[0]
        )
        assert session.status.model == "qwen2.5-coder:0.5b"
    everything = Rule("", error="memory")
    async with running([everything]) as (session, client):
        start(session, text)
        await until(lambda: client.ended)
        assert [message for message in client.told if "takes its place" not in message] == [
            "The script says memory. Next step: save again."
        ]
        assert session.status.state == "error"


async def test_a_missing_model_is_offered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # Only these two engines can download a model.
    monkeypatch.setattr(EngineHolder, "name", "ollama")
    async with running([Rule("", error="missing")]) as (session, client):
        start(session, function("one") + function("two"))
        await until(lambda: client.ended)
        assert (client.missing, client.told) == (["qwen2.5-coder:1.5b"], [])


async def test_a_model_that_came_by_other_means_is_found_at_the_next_save() -> None:
    class Growing(ScriptedEngine):
        models: tuple[ModelInfo, ...] = ()

        async def facts(self) -> EngineFacts:
            return replace(await super().facts(), name="ollama", models=self.models)

    engine = Growing([])
    holder = EngineHolder(lambda settings: scripted_choice(engine))
    persona, cache = load_personas().personas["reviewer"], ReviewCache()
    with pytest.raises(ModelMissing):
        await holder.context(Settings(), persona, cache)
    engine.models = (ModelInfo("qwen2.5-coder:0.5b"),)
    assert (await holder.context(Settings(), persona, cache)).model == "qwen2.5-coder:0.5b"
    await holder.drop()
