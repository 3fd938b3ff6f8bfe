"""The editor's commands on personas and models, with a real Ollama."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import OllamaServer
from tests.lsp.client import serving
from tests.lsp.test_admin_commands import done, read
from tests.lsp.test_reload import write


@pytest.mark.real_ollama
async def test_with_a_real_ollama(tmp_path: Path, ollama_server: OllamaServer) -> None:
    persona = tmp_path / "Modelfiles" / "team.Modelfile"
    text = f'FROM {ollama_server.model}\nPARAMETER num_ctx 1024\nSYSTEM """Be kind. 中文 😀"""\n'
    write(persona, text)
    options = {
        "engine": "ollama",
        "ollama": {"host": ollama_server.host},
        "review": {"personas": ["team"]},
        "completion": {"enabled": False},
    }
    async with serving(tmp_path, options=options, root=tmp_path.as_uri()) as client:
        client.patience = 120.0
        assert await done(client, "postil.pushPersona", "team") == {"model": "postil-team"}
        try:
            assert client.progress("begin")[-1]["value"]["title"] == "Pushing postil-team"
            (store,) = await done(client, "postil.models")
            names = [model["name"] for model in store["models"]]
            assert "postil-team:latest" in names
            written = await done(client, "postil.pullPersona", "postil-team", "back")
            back = read(written["path"])
            for words in ("Be kind. 中文 😀", "PARAMETER num_ctx 1024", f"FROM {ollama_server.model}"):
                assert words in back
            (sentence,) = await done(client, "postil.loadModel")
            assert ollama_server.model in sentence and "1,024" in sentence
            (store,) = await done(client, "postil.models")
            loaded = {model["name"]: model["loaded"] for model in store["models"]}
            assert loaded[ollama_server.model]["context_length"] == 1024
            assert ollama_server.model in await done(client, "postil.unloadModel", ollama_server.model)
            await done(client, "postil.copyModel", "postil-team", "postil-copy")
            await done(client, "postil.removeModel", "postil-copy")
        finally:
            await done(client, "postil.removeModel", "postil-team")
        (store,) = await done(client, "postil.models")
        names = [model["name"] for model in store["models"]]
        assert not [name for name in names if name.startswith(("postil-team", "postil-copy"))]
