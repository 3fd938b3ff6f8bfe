"""The same over stdio with real weights: a note for a file that is plainly wrong, and an end."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from tests import parts
from tests.lsp.client import CAPABILITIES, Client, serving

A = "file:///work/stock.py"
# Two cores that others use too; a note or an end comes as soon as it comes.
SECONDS = 240.0

FAULTY = '''\
def average(numbers):
    """The mean of a list of numbers."""
    total = 0
    for number in numbers:
        total -= number
    return total / len(numbers)


def largest(numbers):
    """The largest of a list of numbers."""
    best = numbers[0]
    for number in numbers:
        if number < best:
            best = number
    return best
'''

# The function of which the 0.5B makes its note: half of the work.
FOUND = FAULTY.partition("\n\n\n")[2]


async def _noted(client: Client, text: str = FAULTY) -> list[dict[str, Any]]:
    client.open(A, text)
    client.save(A)
    await client.reviewed(1, SECONDS)
    assert not [params for params in client.of("postil/status") if params["state"] == "error"], client.log()
    return client.notes(A)


def _sound(notes: list[dict[str, Any]], client: Client, text: str = FAULTY) -> None:
    assert notes, client.log()
    for note in notes:
        fix = note["data"]["fix"]
        assert "\n".join(text.split("\n")[fix["first"] : fix["last"]]) == fix["old"] != fix["new"]
        assert note["message"].startswith("Opinion (unmeasured): the fix ")
        assert note["data"]["streaming"] is False


@pytest.mark.real_embedded
async def test_the_embedded_engine(tmp_path: Path, embedded_gguf: Path) -> None:
    options = {
        "engine": "embedded",
        "embedded": {"model_path": str(embedded_gguf), "threads": parts.THREADS},
        "num_ctx": 2048,
        "review": {"min_score": 0},
    }
    async with serving(tmp_path, options=options) as client:
        notes = await _noted(client)
        _sound(notes, client)
        assert client.of("postil/status")[-1]["engine"] == "embedded"
        (action,) = await client.actions(A, notes[:1])
        assert action["kind"] == "quickfix"
        assert await client.stop() == 0


@pytest.mark.real_ollama
async def test_ollama(tmp_path: Path, ollama_server: Any) -> None:
    options = {
        "engine": "ollama",
        "ollama": {"host": ollama_server.host},
        "model": {"review": ollama_server.model},
        "num_ctx": 2048,
        "review": {"min_score": 0},
    }
    async with serving(tmp_path, options=options) as client:
        notes = await _noted(client)
        _sound(notes, client)
        assert client.of("postil/status")[-1]["model"] == ollama_server.model
        assert await client.stop() == 0


PERSONA = "#: role: review\nFROM qwen2.5-coder:0.5b\nSYSTEM {0}\nPARAMETER temperature 0\n"
ENGLISH = "You fix code, changing as little as possible."
CHINESE = "You fix code, changing as little as possible. 所有解释都用中文写。 Always explain in Chinese (中文)."


@pytest.mark.real_embedded
async def test_another_system_changes_the_notes_of_the_open_document(tmp_path: Path, embedded_gguf: Path) -> None:
    file = tmp_path / "Modelfiles" / "team.Modelfile"
    file.parent.mkdir()
    file.write_text(PERSONA.format(ENGLISH), encoding="utf-8")
    options = {
        "engine": "embedded",
        "embedded": {"model_path": str(embedded_gguf), "threads": parts.THREADS},
        "num_ctx": 2048,
        "review": {"min_score": 0, "reason": True, "personas": ["team"]},
    }
    async with serving(tmp_path, options=options, root=tmp_path.as_uri()) as client:
        before = await _noted(client, FOUND)
        file.write_text(PERSONA.format(CHINESE), encoding="utf-8")
        await client.reviewed(2, SECONDS)
        after = client.notes(A)
        _sound(before, client, FOUND)
        _sound(after, client, FOUND)
        assert not any(_chinese(note["message"]) for note in before), client.log()
        assert all(_chinese(note["message"]) for note in after), client.log()


def _chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


@pytest.mark.real_embedded
async def test_a_fix_is_written_on_demand(tmp_path: Path, embedded_gguf: Path) -> None:
    capabilities = copy.deepcopy(CAPABILITIES)
    capabilities["textDocument"]["codeAction"] = {"resolveSupport": {"properties": ["edit"]}}
    options = {
        "engine": "embedded",
        "embedded": {"model_path": str(embedded_gguf), "threads": parts.THREADS},
        "num_ctx": 2048,
        "review": {"min_score": 0},
    }
    async with serving(tmp_path, options=options, capabilities=capabilities) as client:
        client.patience = SECONDS
        (note, *_) = await _noted(client, FOUND)
        # As a note of the other method: without its fix.
        note["data"]["fix"] = None
        (action,) = await client.actions(A, [note])
        answer = await client.call("codeAction/resolve", action)
        if "error" in answer:
            # Such a model may write none that holds; then it says so.
            assert "No fix that holds" in answer["error"]["message"]
        else:
            (change,) = answer["result"]["edit"]["documentChanges"]
            assert change["textDocument"] == {"uri": A, "version": 1} and len(change["edits"]) == 1
