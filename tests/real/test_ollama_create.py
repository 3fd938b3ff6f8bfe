"""The real `ollama create` says of each Modelfile what we say."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import parts
from tests.engine.test_ollama_create import ROWS, data_of

from postil.core.modelfile.commands import Modelfile
from postil.core.modelfile.parser import parse
from postil.core.persona.persona import from_modelfile
from postil.service.personas.load import load_personas

SHIPPED = load_personas()


# A create takes 0.04 s; this is for a machine that others use.
SECONDS = 60.0


# `(returncode, what it wrote)` of a create with this Modelfile.
Create = Callable[[bytes], tuple[int, str]]


@pytest.fixture
def created(ollama_server: Any, tmp_path: Path) -> Iterator[tuple[str, Create]]:
    """A model's name, and `create` of that name; the model is gone afterwards."""
    name = f"postil-test-{os.getpid()}"
    file = tmp_path / "Modelfile"
    home = tmp_path / "home"
    home.mkdir()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OLLAMA_")}
    environment |= {"OLLAMA_HOST": ollama_server.host, "HOME": str(home)}

    def ollama(*arguments: str) -> tuple[int, str]:
        command = [str(parts.ollama_binary()), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, timeout=SECONDS, stdin=subprocess.DEVNULL)
        return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")

    def create(data: bytes) -> tuple[int, str]:
        file.write_bytes(data)
        return ollama("create", name, "-f", str(file))

    yield name, create
    ollama("rm", name)


@pytest.mark.real_ollama
@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_the_verdict_of_ollama(row: dict[str, str], ollama_server: Any, created: tuple[str, Create]) -> None:
    _, create = created
    code, said = create(data_of(row, ollama_server.model))
    expected = row.get("ollama", row["ours"])
    if parts.ollama_version() == parts.NEWEST_OLLAMA:
        expected = row.get("newest", expected)
    assert ("error" if code else "ok") == expected, said


def _shown(server: Any, name: str) -> dict[str, Any]:
    import httpx

    with httpx.Client(trust_env=False, timeout=SECONDS) as client:
        answer = client.post(f"{server.host}/api/show", json={"model": name})
        answer.raise_for_status()
        return dict(answer.json())


def _for(model: str, name: str) -> tuple[bytes, Modelfile]:
    """A shipped persona's file with FROM the model, and its commands."""
    text = SHIPPED.files[name].path.read_text(encoding="utf-8")
    modelfile, _ = parse(text)
    old = next(command.raw for command in modelfile.all("from"))
    assert text.count(old) == 1
    return text.replace(old, f"FROM {model}").encode(), modelfile


@pytest.mark.real_ollama
@pytest.mark.parametrize("name", SHIPPED.personas)
def test_a_shipped_persona_is_one_of_ollamas_models(name: str, ollama_server: Any, created: tuple[str, Create]) -> None:
    model, create = created
    data, modelfile = _for(ollama_server.model, name)
    code, said = create(data)
    assert code == 0, said
    shown = _shown(ollama_server, model)
    system = modelfile.last("system")
    if system is not None:
        assert shown["system"].encode() == system.args.encode()
        assert system.args in data.decode()
    parameters = dict(line.split(None, 1) for line in shown["parameters"].split("\n"))
    wanted = {command.key: float(command.args) for command in modelfile.all("parameter")}
    assert wanted
    assert {key: float(parameters[key]) for key in wanted} == wanted


@pytest.mark.real_ollama
def test_chinese_comes_back_byte_for_byte(ollama_server: Any, created: tuple[str, Create]) -> None:
    model, create = created
    system = "你是审查员。\n用中文回答：“是”或「否」。𠮷 👩‍💻\n"
    text = f'FROM {ollama_server.model}\nSYSTEM """{system}"""\nPARAMETER stop 。\nMESSAGE user 你好：世界\n'
    assert create(text.encode())[0] == 0
    shown = _shown(ollama_server, model)
    persona, problems = from_modelfile("x", text)
    assert problems == () and persona is not None
    # A joiner is no printable character: Ollama leaves it out, and so do we.
    assert shown["system"] == persona.system == system.replace("\u200d", "")
    assert [(message["role"], message["content"]) for message in shown["messages"]] == [("user", "你好：世界")]
    assert persona.messages[0].content == "你好：世界"
    assert '"。"' in shown["parameters"] and persona.sampling.stop == ("。",)
