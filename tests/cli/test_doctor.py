"""`postil doctor`: what it finds, what it misses, and that its advice is the command that mends it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from tests.engine.played_ollama import CLOUD, EMBEDDING, LLAMA, played_ollama
from tests.engine.playing import Reply, playing_ollama, rendered
from typer.testing import CliRunner

from postil.cli.app import app
from postil.cli.doctor.checks import examine, memory_bytes
from postil.cli.doctor.trial import UPDATE, too_old
from postil.cli.model_tables import print_abilities
from postil.core.models.choice import Machine
from postil.core.models.overrides import use_known


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine with nothing on it: no settings, no Ollama, no model. The folder is where the user is."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]
    monkeypatch.setenv("OLLAMA_HOST", f"http://127.0.0.1:{closed}")
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    monkeypatch.setenv("POSTIL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("postil.cli.user_settings.user_file", lambda: tmp_path / "user.toml")
    here = tmp_path / "project"
    here.mkdir()
    monkeypatch.chdir(here)
    yield here
    use_known(None)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["doctor", *arguments])
    return result.exit_code, result.stdout


def test_nothing_is_here(bare: Path) -> None:
    code, out = run()
    assert code == 1
    assert "postil models pull qwen2.5-coder:1.5b --engine embedded" in out
    assert "ollama serve" in out
    assert "A review can't run yet" in out


SHOWN: dict[str, Any] = {
    "template": "{{ .Prompt }}{{ .Suffix }}{{ if not $last }}x{{ end }}",
    "details": {"family": "qwen2", "parameter_size": "1.5B"},
    "model_info": {"general.architecture": "qwen2", "qwen2.context_length": 32768},
    "capabilities": ["completion", "insert", "tools"],
}


async def test_each_ability_is_told_with_where_it_comes_from(
    bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def play(path: str, body: dict[str, Any]) -> Reply:
        if path == "/api/version":
            return 200, {"version": "0.24.0"}
        if path == "/api/tags":
            return 200, {"models": [{"model": "qwen2.5-coder:1.5b", "size": 1, "digest": "doctor"}]}
        return (200, SHOWN) if path == "/api/show" else (404, {"error": "no"})

    (tmp_path / "models.toml").write_text('[models."qwen2.5-coder:1.5b"]\ntools = false\n', encoding="utf-8")
    async with playing_ollama(play) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        diagnosis = await examine(bare)
    (told,) = diagnosis.abilities
    assert told.model == "qwen2.5-coder:1.5b"
    assert (told.abilities.infill.value, told.abilities.infill.how) == ("suffix", "/api/show: capabilities")
    print_abilities(told.abilities)
    lines = [line.split(maxsplit=2) for line in capsys.readouterr().out.splitlines()]
    assert ["infill", "suffix", "the engine says so: /api/show: capabilities"] in lines
    assert ["tools", "no", f"your models.toml: {tmp_path / 'models.toml'}"] in lines
    assert ["context", "32768", "the engine says so: /api/show"] in lines
    assert ["embedding", "no", "the engine says so: /api/show: capabilities"] in lines
    as_json = json.loads(json.dumps(asdict(diagnosis)))
    assert as_json["abilities"][0]["abilities"]["tools"]["value"] is False
    assert any(str(tmp_path / "models.toml") in check.text for check in diagnosis.checks if check.name == "settings")


def test_memory_is_plausible() -> None:
    memory = memory_bytes()
    assert memory is None or 100e6 < memory < 1e14


def test_nothing_heavy_is_imported_for_help() -> None:
    """`postil --help` reads each command's module; none may execute an engine's library or the language server."""
    code = (
        "import sys\nfrom postil import lazy\nlazy.install()\n"
        "from typer.testing import CliRunner\nfrom postil.cli.app import app\n"
        "result = CliRunner().invoke(app, ['--help'])\nassert result.exit_code == 0, result.output\n"
        "assert 'doctor' in result.output\n"
        "heavy = ('xllamacpp', 'ollama', 'httpx', 'pygls', 'numpy', 'mcp')\n"
        "print([name for name in heavy if name in sys.modules and name not in lazy.waiting()])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (found.stdout.strip(), found.returncode) == ("[]", 0), found.stderr


@pytest.mark.parametrize(
    ("version", "old"),
    [
        ("0.12.10", True),
        # What a build from the sources says.
        ("0.0.0", False),
        ("0.12.11", False),
        ("0.24.0", False),
        ("0.3.14", True),
        ("1.0.0", False),
        ("", False),
        ("dev", False),
    ],
)
def test_which_ollama_tells_probabilities(version: str, old: bool) -> None:
    assert too_old(version) is old


@pytest.mark.parametrize("version", ["0.12.0", "0.24.0-fork"])
async def test_an_ollama_that_ignores_logprobs_is_not_ok(
    bare: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """A symptom: edit mode never showed a note, and the doctor said ok."""
    model = "qwen2.5-coder:1.5b"

    def play(path: str, body: dict[str, Any]) -> Reply:
        if path == "/api/version":
            return 200, {"version": version}
        if path == "/api/tags":
            return 200, {"models": [{"model": model, "name": model, "size": 7}]}
        if body.get("_debug_render_only"):
            return rendered("".join(message["content"] for message in body["messages"]))
        return ["one"] if path == "/api/chat" else (404, {"error": "no"})

    async with playing_ollama(play) as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        diagnosis = await examine(bare)
    assert diagnosis.ready and diagnosis.engine == "ollama"
    told = [(check.name, check.status, check.text, check.fix) for check in diagnosis.checks]
    lacking = [(name, fix) for name, status, text, fix in told if status == "note" and "no probabilities" in text]
    assert ("as reviewer", UPDATE) in lacking
    assert ("Ollama" in dict(lacking)) is (version == "0.12.0")
    assert any(name == "Ollama" and version in text for name, _, text, _ in told)
    (trial,) = [body for path, body in server.asked if body.get("logprobs")]
    assert trial["options"]["num_predict"] == 1


async def test_it_tells_who_reviews_who_writes_ghost_text_and_why(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with played_ollama(LLAMA) as ollama:
        monkeypatch.setenv("OLLAMA_HOST", ollama.url)
        found = await examine(bare)
    checks = {check.name: check for check in found.checks}
    assert found.ready and (found.engine, found.model) == ("ollama", "llama3.1:8b")
    assert checks["engine"].text == f"ollama (Ollama answers at {ollama.url})"
    reader = next(check.text for check in found.checks if check.name == "as reviewer")
    assert "the only model there that can review; how it reviews isn't measured by us" in reader
    ghost = checks["ghost text"]
    assert ghost.status == "note" and "llama3.1:8b doesn't fill in the middle" in ghost.text
    assert ghost.fix == "postil models pull qwen2.5-coder:1.5b --engine ollama"


async def test_it_tells_why_what_ollama_holds_is_not_taken(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with played_ollama(EMBEDDING, CLOUD) as ollama:
        monkeypatch.setenv("OLLAMA_HOST", ollama.url)
        found = await examine(bare)
    checks = {check.name: check for check in found.checks}
    assert not found.ready
    why = checks["engine"].text
    assert "nomic-embed-text:latest makes embeddings only" in why
    assert "qwen3-coder:480b-cloud runs on another machine and isn't taken unasked" in why
    assert checks["as reviewer"].fix == "postil models pull qwen2.5-coder:1.5b --engine ollama"


@pytest.mark.parametrize(
    ("machine", "model", "said"),
    [
        (Machine(33_000_000_000, 0), "qwen3-coder:30b", "not measured by us"),
        (Machine(16_000_000_000, 0), "qwen2.5-coder:1.5b", "(measured by us)"),
        (Machine(16_000_000_000, 8_500_000_000), "qwen2.5-coder:7b", "not measured by us"),
    ],
)
async def test_its_advice_fits_memory_and_gpu_and_says_what_was_measured(
    bare: Path, monkeypatch: pytest.MonkeyPatch, machine: Machine, model: str, said: str
) -> None:
    monkeypatch.setattr("postil.cli.doctor.choice.this_machine", lambda: machine)
    (check,) = [one for one in (await examine(bare)).checks if one.name == "for reviews"]
    assert check.text.startswith(f"{model} suits this machine: ") and said in check.text
    assert check.fix is not None and check.fix.startswith(f"postil models pull {model} ")
