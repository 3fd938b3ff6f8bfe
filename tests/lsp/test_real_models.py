"""The same over stdio with real weights: a note for a file that is plainly wrong, and an end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.lsp.client import Client, serving

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


async def _noted(client: Client) -> list[dict[str, Any]]:
    client.open(A, FAULTY)
    client.save(A)
    await client.reviewed(1, SECONDS)
    assert not [params for params in client.of("postil/status") if params["state"] == "error"], client.log()
    return client.notes(A)


def _sound(notes: list[dict[str, Any]], client: Client) -> None:
    assert notes, client.log()
    for note in notes:
        fix = note["data"]["fix"]
        assert "\n".join(FAULTY.split("\n")[fix["first"] : fix["last"]]) == fix["old"] != fix["new"]
        assert note["message"].endswith("here.") or "Suggested:" in note["message"]
        assert note["data"]["streaming"] is False


@pytest.mark.real_embedded
async def test_the_embedded_engine(tmp_path: Path, embedded_gguf: Path) -> None:
    options = {
        "engine": "embedded",
        "embedded": {"model_path": str(embedded_gguf)},
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
