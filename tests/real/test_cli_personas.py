"""`postil personas` with a real Ollama."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.test_models import SMALL, Postil
from tests.cli.test_personas import Personas, postil
from tests.conftest import OllamaServer

__all__ = ["postil"]


@pytest.mark.real_ollama
def test_there_and_back_through_a_real_ollama(postil: Personas, ollama_server: OllamaServer) -> None:
    there = {"OLLAMA_HOST": ollama_server.host}
    postil.team()
    models = Postil.__new__(Postil)
    models.__dict__.update(postil.__dict__)
    try:
        done = postil.run("push", "team", env=there)
        assert "ollama run postil-team" in done.stderr
        assert "team exists" not in done.stderr
        written = Path(postil.run("pull", "postil-team", env=there).stdout.strip())
        assert written == postil.mine / "team.Modelfile"
        text = written.read_text(encoding="utf-8")
        assert f"FROM {SMALL}" in text and "Be kind. 中文 😀" in text and "PARAMETER num_ctx 1024" in text
        assert postil.run("check", str(written)).stdout == ""
        assert "exists already" in postil.run("pull", "postil-team", code=2, env=there).stderr
        assert "has no model" in postil.run("pull", "postil-nobody", code=3, env=there).stderr
        # Seen in memory, with the persona's context, and gone from there.
        (postil.folder / "postil.toml").write_text('[review]\npersonas = ["team"]\n[completion]\nenabled = false\n')
        assert "1,024 tokens" in models.run("load", "--engine", "ollama", "--keep-alive", "5m", env=there).stderr
        (store,) = models.json("list", "--engine", "ollama", env=there)
        (loaded,) = [model["loaded"] for model in store["models"] if "loaded" in model]
        assert loaded["context_length"] == 1024 and loaded["size"] > 0
        assert "in memory" in models.run("list", "--engine", "ollama", env=there).stdout
        assert "leaves the memory" in models.run("unload", SMALL, "--engine", "ollama", env=there).stderr
        assert "nothing to do" in models.run("load", "--engine", "embedded", env=there).stderr
    finally:
        models.run("rm", "postil-team", "--engine", "ollama", env=there)


@pytest.mark.real_ollama
def test_the_pushed_persona_reviews_under_its_model_name(postil: Personas, ollama_server: OllamaServer) -> None:
    there = {"OLLAMA_HOST": ollama_server.host}
    postil.team()
    postil.run("push", "team", "--as", "postil-pushed", env=there)
    postil.group = ""
    code = "def largest(numbers):\n    best = numbers[0]\n    for number in numbers:\n        if number < best:\n"
    (postil.folder / "a.py").write_text(code + "            best = number\n    return best\n", encoding="utf-8")
    try:
        settings = '[review]\npersonas = ["postil-pushed"]\nmin_score = 0.0\n'
        (postil.folder / "postil.toml").write_text(settings, encoding="utf-8")
        report = json.loads(
            postil.run(
                "review", "a.py", "--engine", "ollama", "--format", "json", "--fail-on", "never", env=there
            ).stdout
        )
        assert report["summary"]["model"] == "postil-pushed:latest"
        assert report["findings"] and {finding["persona"] for finding in report["findings"]} == {"postil-pushed"}
    finally:
        # What stays in memory keeps its name, and is what another name of the same weights is answered by.
        postil.run("models", "unload", "postil-pushed", "--engine", "ollama", env=there)
        postil.run("models", "rm", "postil-pushed", "--engine", "ollama", env=there)
