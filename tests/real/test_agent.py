"""A conversation with tools, with real weights on both engines: how well a model does it is `make eval EVAL=agent`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
import pytest_asyncio
from tests import parts
from tests.service.talking import User, ended, hear, shown, talk

from postil.core.agent.events import CallEnded, ContextUsed
from postil.core.agent.prompt import CallForm
from postil.core.request import ChatRequest, LoadOptions, Message, Sampling
from postil.engine.base import Engine, EngineError, TimeOuts
from postil.engine.download.store import resolver
from postil.engine.embedded.engine import EmbeddedEngine
from postil.engine.embedded.process import EmbeddedOptions
from postil.engine.ollama.engine import OllamaEngine
from postil.settings import Settings

NUM_CTX = 2048


@pytest_asyncio.fixture(
    scope="module",
    loop_scope="module",
    params=[
        pytest.param("ollama", marks=pytest.mark.real_ollama),
        pytest.param("embedded", marks=pytest.mark.real_embedded),
    ],
)
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[Engine]:
    made: Engine
    if request.param == "ollama":
        made = OllamaEngine(request.getfixturevalue("ollama_server").host, TimeOuts())
    else:
        request.getfixturevalue("embedded_gguf")
        made = EmbeddedEngine(resolver(Settings()), tuple, EmbeddedOptions(parts.THREADS, parallel=1))
    yield made
    await made.aclose()


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "shop"
    place.mkdir()
    (place / "fees.py").write_text("LATE_PERCENT = 7\n", encoding="utf-8")
    return place


async def test_a_model_that_is_led_calls_a_tool_and_answers_from_its_result(engine: Engine, folder: Path) -> None:
    conversation = talk(folder, engine, User("no"), name=parts.SMALL, harness=True, num_ctx=NUM_CTX)
    events = await hear(conversation, "Read the file fees.py.")
    made = [event for event in events if isinstance(event, CallEnded)]
    assert any("LATE_PERCENT = 7" in event.text and not event.failed for event in made), events
    assert ended(events).reason == "done" and "{" not in shown(events)
    counted = [event.used for event in events if isinstance(event, ContextUsed)]
    assert counted and max(counted) < NUM_CTX


@pytest.mark.parametrize("form", ["native", "prompted", "late"])
async def test_each_form_goes_to_its_end_and_shows_no_call(engine: Engine, folder: Path, form: CallForm) -> None:
    """Whatever so small a model makes of it."""
    conversation = talk(folder, engine, User("no"), name=parts.SMALL, form=form, num_ctx=NUM_CTX)
    events = await hear(conversation, "Which percentage is LATE_PERCENT in fees.py? Use the tool read.")
    assert ended(events).reason in ("done", "loop", "limit"), events[-1]
    assert "<tool_call>" not in shown(events) and '"arguments"' not in shown(events)


async def test_a_prompt_that_is_too_long_is_refused_not_cut(engine: Engine) -> None:
    """Ollama would leave out the oldest turns, and say nothing."""
    long = "The late fee is seven percent. " * 900
    request = ChatRequest(
        parts.SMALL,
        (Message("user", "Remember the word quince."), Message("assistant", "Yes."), Message("user", long)),
        sampling=Sampling(max_tokens=4),
        load=LoadOptions(num_ctx=NUM_CTX),
        whole=True,
    )
    with pytest.raises(EngineError):
        async with aclosing(engine.chat(request)) as stream:
            async for _ in stream:
                pass
