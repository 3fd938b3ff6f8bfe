"""A model of Ollama's that no file of ours describes, as a persona."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.conftest import OllamaServer
from tests.lsp.client import serving
from tests.real.test_models import FOUND, SECONDS, A

from postil.core.modelfile.create import create_model
from postil.engine.ollama.admin import OllamaAdmin
from postil.service.engines import EngineHolder
from postil.settings import OllamaSettings, Settings

NAME = "postil-guest"
# Two lines, quotes, Chinese and an emoji: what travels through Ollama's own writing of a Modelfile.
SYSTEM = 'You are a "guest" reader.\n你只找真正的错误。 😀'
TEXT = f'''FROM {{0}}
PARAMETER temperature 0
PARAMETER num_ctx 2048
PARAMETER stop "<end>"
SYSTEM """{SYSTEM}"""
MESSAGE user Is it right?
MESSAGE assistant It is.
'''

pytestmark = pytest.mark.real_ollama


@pytest_asyncio.fixture
async def guest(ollama_server: OllamaServer) -> AsyncIterator[Settings]:
    """Settings of an Ollama that holds the model."""
    model, problems = create_model(TEXT.format(ollama_server.model))
    assert model is not None, problems
    admin = OllamaAdmin(ollama_server.host)
    try:
        _ = [step async for step in admin.create(NAME, model)]
        yield Settings(engine="ollama", ollama=OllamaSettings(host=ollama_server.host))
        await admin.remove(NAME)
    finally:
        await admin.aclose()


async def test_its_words_and_parameters_are_read(guest: Settings) -> None:
    holder = EngineHolder()
    try:
        persona = await holder.persona(guest, NAME)
        assert persona is not None
        assert (persona.name, persona.role, persona.model) == (NAME, "review", f"{NAME}:latest")
        assert persona.system == SYSTEM
        assert (persona.sampling.temperature, persona.num_ctx, persona.sampling.stop) == (0, 2048, ("<end>",))
        assert [(message.role, message.content) for message in persona.messages] == [
            ("user", "Is it right?"),
            ("assistant", "It is."),
        ]
        assert persona.template is None, "Ollama applies it itself"
        assert await holder.persona(guest, "nobody") is None
    finally:
        await holder.drop()


async def test_it_reviews_under_its_name(guest: Settings, tmp_path: Path) -> None:
    options = {
        "engine": "ollama",
        "ollama": {"host": guest.ollama.host},
        "review": {"min_score": 0, "personas": [NAME, "nobody"]},
    }
    async with serving(tmp_path, options=options) as client:
        client.open(A, FOUND)
        client.save(A)
        await client.reviewed(1, SECONDS)
        assert client.of("postil/status")[-1]["model"] == f"{NAME}:latest", client.log()
        assert {note["source"] for note in client.notes(A)} == {f"postil ({NAME})"}, client.log()
        assert any("'nobody'" in params["message"] for params in client.of("window/showMessage"))
