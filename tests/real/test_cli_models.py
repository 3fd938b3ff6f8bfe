"""`postil models` with a real Ollama."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests import parts
from tests.cli.test_models import SMALL, Postil, postil
from tests.conftest import OllamaServer

__all__ = ["postil"]


@pytest.mark.real_ollama
def test_a_real_ollama_lists_shows_copies_and_removes(postil: Postil, ollama_server: OllamaServer) -> None:
    at = {"OLLAMA_HOST": ollama_server.host}
    copy = f"postil-copy-{os.getpid()}"
    ollama, embedded = postil.json("list", env=at)
    assert (ollama["engine"], embedded["engine"]) == ("ollama", "embedded")
    assert SMALL in [model["name"] for model in ollama["models"]]
    shown = postil.json("show", SMALL, env=at)
    assert shown["context_length"] == 32_768
    # What the catalogue's TEMPLATE is for: a bare GGUF has none of the last two.
    assert {"completion", "insert", "tools"} <= set(shown["capabilities"])
    able = {name: (fact["value"], fact["origin"]) for name, fact in shown["abilities"].items()}
    assert (able["infill"], able["chat"], able["context"]) == (
        ("suffix", "engine"),
        (True, "engine"),
        (32_768, "engine"),
    )
    assert (able["thinking"], able["remote"]) == (("none", "engine"), (False, "engine"))
    postil.run("cp", SMALL, copy, env=at)
    (listed, _) = postil.json("list", env=at)
    assert f"{copy}:latest" in [model["name"] for model in listed["models"]]
    postil.run("rm", copy, env=at)
    (listed, _) = postil.json("list", env=at)
    assert f"{copy}:latest" not in [model["name"] for model in listed["models"]]
    assert "has no model" in postil.run("rm", copy, code=3, env=at).stderr
    assert "has no model" in postil.run("show", copy, code=3, env=at).stderr


@pytest.mark.real_ollama
def test_a_file_becomes_a_model_of_a_real_ollama(postil: Postil, ollama_server: OllamaServer) -> None:
    at = {"OLLAMA_HOST": ollama_server.host}
    name = f"postil-import-{os.getpid()}"
    postil.run("cp", str(parts.gguf(SMALL)), name, "--engine", "ollama", env=at)
    try:
        assert postil.json("show", name, env=at)["context_length"] == 32_768
    finally:
        postil.run("rm", name, env=at)


@pytest.mark.real_ollama
def test_a_store_of_a_real_ollama_serves_the_embedded_engine(postil: Postil, ollama_server: OllamaServer) -> None:
    facts = postil.json("show", SMALL, "--engine", "embedded", env={"OLLAMA_MODELS": str(ollama_server.models_dir)})
    blob = Path(facts["path"])
    assert blob.parent == ollama_server.models_dir / "blobs"
    assert blob.stat().st_size == 491_400_064
