"""The shipped personas as models of a real Ollama."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.conftest import OllamaServer

from postil.core.request import ChatRequest, LoadOptions, Message
from postil.engine.base import Progress, TimeOuts
from postil.engine.ollama.admin import LoadedModel, OllamaAdmin
from postil.engine.ollama.engine import OllamaEngine
from postil.service.personas.admin import push, push_name
from postil.service.personas.load import load_personas
from postil.settings import OllamaSettings, Settings

SHIPPED = load_personas()


@pytest.mark.real_ollama
@pytest.mark.parametrize("name", SHIPPED.personas)
async def test_a_shipped_persona_is_pushed_answers_and_goes(
    name: str, ollama_server: OllamaServer, tmp_path: Path
) -> None:
    text = SHIPPED.files[name].path.read_text(encoding="utf-8")
    path = tmp_path / f"{name}.Modelfile"
    path.write_text(text.replace(f"FROM {SHIPPED.personas[name].model}", f"FROM {ollama_server.model}"), "utf-8")
    settings = Settings(ollama=OllamaSettings(host=ollama_server.host))
    admin, engine = OllamaAdmin(ollama_server.host), OllamaEngine(ollama_server.host, TimeOuts(10, 120, 120))
    made = f"{push_name(name)}:latest"
    steps = [step async for step in push(settings, replace(SHIPPED.files[name], path=path), push_name(name))]
    try:
        assert isinstance(steps[-1], Progress) and steps[-1].what.endswith("success")
        shown = await admin.show(made)
        assert (shown.system or "") == (SHIPPED.personas[name].system or shown.system or "")
        assert shown.parent == ollama_server.model
        request = ChatRequest(made, (Message("user", "Say yes."),), load=LoadOptions(num_ctx=512))
        async with aclosing(engine.chat(request)) as deltas:
            assert await anext(deltas)
        (loaded,) = [one for one in await admin.loaded() if one.name == made]
        assert isinstance(loaded, LoadedModel) and loaded.context_length == 512 and loaded.expires
        await admin.unload(made)
    finally:
        await admin.remove(made)
        await engine.aclose()
        await admin.aclose()
