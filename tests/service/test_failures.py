"""What nobody foresaw, and an Ollama that was passed over, in the status and as one message each."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from tests.service.test_session import SETTINGS, Client, function, mend, start, until

from postil.core.completion.cursor import Cursor
from postil.core.request import ChatRequest, Delta, InfillRequest
from postil.engine.base import PassedOver
from postil.engine.choose import EngineChoice
from postil.engine.scripted import ScriptedEngine, scripted_choice
from postil.service.engines import EngineHolder
from postil.service.personas.load import load_personas
from postil.service.review import runner
from postil.service.session import Session
from postil.settings import Settings

TWO = function("one") + function("two")
TOLD = ["Postil failed (ZeroDivisionError: nobody foresaw it). The traceback is in its log: please report it."]
WHY = "Ollama at https://gpu.example refused its key (401)."


class Failing(ScriptedEngine):
    """Raises what no engine raises."""

    def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        raise ZeroDivisionError("nobody foresaw it")

    def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        raise ZeroDivisionError("nobody foresaw it")


def opened(holder: EngineHolder) -> tuple[Session, Client]:
    client = Client()
    return Session(client, SETTINGS, load_personas(), holder), client


async def no_choice(settings: Settings) -> EngineChoice:
    raise ZeroDivisionError("nobody foresaw it")


@pytest.mark.parametrize("where", ["choice", "engine", "plan"])
async def test_a_review_that_fails_shows_an_error_and_one_message(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The status said ready, and only the log knew of it."""
    holder = EngineHolder(no_choice if where == "choice" else lambda settings: scripted_choice(Failing([])))
    session, client = opened(holder)
    if where == "plan":

        def plan(*_: object) -> None:
            raise ZeroDivisionError("nobody foresaw it")

        monkeypatch.setattr(runner, "plan", plan)
    for _ in range(2):
        client.ended.clear()
        start(session, TWO)
        await until(lambda: client.ended and not session.jobs.busy and client.told)
        assert session.status.state == "error" and not session.status.busy
        assert session.status.message == TOLD[0]
    assert client.told == TOLD
    await session.aclose()


@pytest.mark.parametrize("where", ["choice", "engine"])
async def test_so_does_a_completion(where: str) -> None:
    session, client = opened(
        EngineHolder(no_choice if where == "choice" else lambda settings: scripted_choice(Failing([])))
    )
    completed = await session.complete(Cursor("file:///a.py", "python", "def f():\n    ", "\n", invoked=True))
    assert completed.suggestions == ()
    await until(lambda: client.told)
    assert client.told == TOLD and session.status.state == "error"
    await session.aclose()


async def test_so_does_any_other_job() -> None:
    session, client = opened(EngineHolder(no_choice))

    async def work() -> None:
        raise ZeroDivisionError("nobody foresaw it")

    for _ in range(2):
        await session.jobs.spawn(work)
    assert client.told == TOLD and session.status.state == "error"
    await session.aclose()


async def test_an_ollama_that_was_passed_over_is_told_once_and_stays_in_the_status() -> None:
    async def chosen(settings: Settings) -> EngineChoice:
        choice = await scripted_choice(ScriptedEngine([mend("one")]))
        return replace(choice, facts=replace(choice.facts, passed_over=PassedOver(WHY, surprising=True, named=True)))

    session, client = opened(EngineHolder(chosen))
    for number in range(2):
        start(session, function("one") + number * "\n")
        await until(lambda: not session.reviews.runs and not session.jobs.busy)
    assert session.status.state == "ready"
    assert session.status.message.startswith(WHY) and session.status.message.endswith("takes its place.")
    assert [text for text in client.told if WHY in text] == [session.status.message]
    await session.aclose()
