"""Ghost text over stdio with real weights: an answer, and typing along it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests import parts
from tests.lsp.client import Client, serving

A = "file:///work/sums.py"
SECONDS = 240.0

TEXT = '''\
def add(first, second):
    """The sum of two numbers."""
    return first + second


def subtract(first, second):
    """The difference of two numbers."""
    return 


def largest(numbers):
    """The largest of a list of numbers."""
    return max(numbers)
'''
LINE = 7


async def _ask(client: Client, line: int, character: int) -> dict[str, Any]:
    params = {
        "textDocument": {"uri": A},
        "position": {"line": line, "character": character},
        "context": {"triggerKind": 2},
    }
    return await client.call("textDocument/inlineCompletion", params)


def _text(answer: dict[str, Any], client: Client) -> str:
    assert answer["result"], client.log()
    return str(answer["result"]["items"][0]["insertText"])


async def _generations(client: Client) -> int:
    return int((await client.command("postil.completionCounts"))["result"]["generations"])


async def _used(client: Client) -> str:
    """The page with what the model was shown."""
    client.open(A, TEXT)
    column = len("    return ")
    written = _text(await _ask(client, LINE, column), client)
    # Small weights: what is certain is that it is one statement of this function's own words.
    assert "first" in written and "\n" not in written, written
    client.change(A, (LINE, column, LINE, column, written[:3]))
    assert _text(await _ask(client, LINE, column + 3), client) == written[3:]
    assert await _generations(client) == 1
    page = str((await client.command("postil.showPrompt", A, {"line": LINE, "character": 0}))["result"])
    assert "## 1. Ghost text" in page and "[sums.py:8]" in page
    assert "def add(first, second):" in page and written in page
    return page


@pytest.mark.real_embedded
async def test_the_embedded_engine(tmp_path: Path, embedded_gguf: Path) -> None:
    options = {
        "engine": "embedded",
        "embedded": {"model_path": str(embedded_gguf), "threads": parts.THREADS},
        "model": {"completion": "qwen2.5-coder:0.5b"},
        "num_ctx": 2048,
        "completion": {"timeout": SECONDS},
    }
    async with serving(tmp_path, options=options) as client:
        client.patience = SECONDS
        # Ollama counts with its last token alone, and ghost text is seldom read to its end.
        assert "counted by the engine" in await _used(client)
        assert client.of("postil/status")[-1]["completion"] == ""
        assert await client.stop() == 0


@pytest.mark.real_ollama
async def test_ollama(tmp_path: Path, ollama_server: Any) -> None:
    options = {
        "engine": "ollama",
        "ollama": {"host": ollama_server.host},
        "model": {"completion": ollama_server.model},
        "num_ctx": 2048,
        "completion": {"timeout": SECONDS},
    }
    async with serving(tmp_path, options=options) as client:
        client.patience = SECONDS
        await _used(client)
        assert await client.stop() == 0
