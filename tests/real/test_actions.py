"""The shipped actions with real weights: each ends in an edit that holds, a page, or a sentence that says why not."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from tests import parts
from tests.lsp.client import Client, serving
from tests.lsp.test_actions import ABLE, CURSOR, TEXT, Editor, read
from tests.lsp.test_server import applied

from postil.core.syntax.tree import same_code
from postil.service.personas.load import load_personas

SECONDS = 240.0


# Tokens of the actions that write without end: what else such a model says is its own affair.
FEW = {"explain": 60, "write-tests": 150}


def _shorter(folder: Path) -> None:
    """The shipped actions, with another limit."""
    own = folder / ".postil" / "personas"
    own.mkdir(parents=True)
    for name, tokens in FEW.items():
        text = load_personas().files[name].path.read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if not line.startswith("PARAMETER num_predict ")]
        written = "\n".join([*lines, f"PARAMETER num_predict {tokens}", ""])
        (own / f"{name}.Modelfile").write_text(written, encoding="utf-8")


async def _shipped(client: Client, folder: Path) -> None:
    """Runs all of them. The smallest weights may well write what doesn't hold; then nothing may have been edited."""
    client.patience = SECONDS
    _shorter(folder)
    editor = Editor(client, folder)
    page = (await editor.run("explain"))["result"]
    assert read(page).startswith("# Explain: add\n\n") and len(read(page)) > 60, client.log()
    assert editor.edits == []
    for persona in ("document", "translate-comments", "rewrite", "write-tests"):
        editor.edits.clear()
        answer = await editor.run(persona, CURSOR, *(["Rename total to result."] if persona == "rewrite" else []))
        if "error" in answer:
            # RequestFailed, with the sentence that says what was wrong with the answer.
            assert answer["error"]["code"] == -32803 and len(answer["error"]["message"]) > 20, client.log()
            assert editor.edits == []
        elif persona == "write-tests":
            (_, change) = editor.edits[0]["documentChanges"]
            ast.parse(change["edits"][0]["newText"])
        else:
            after = applied(TEXT, {"edit": editor.edits[0]}, "utf-16")
            ast.parse(after)
            assert after != TEXT
            if persona != "rewrite":
                assert same_code(TEXT, after, "python")
    assert await client.stop() == 0


@pytest.mark.real_embedded
async def test_the_embedded_engine(tmp_path: Path, embedded_gguf: Path) -> None:
    options = {
        "engine": "embedded",
        "embedded": {"model_path": str(embedded_gguf), "threads": parts.THREADS},
        "num_ctx": 2048,
    }
    async with serving(tmp_path, options=options, capabilities=ABLE, root=tmp_path.as_uri()) as client:
        await _shipped(client, tmp_path)


@pytest.mark.real_ollama
async def test_ollama(tmp_path: Path, ollama_server: Any) -> None:
    host, model = ollama_server.host, ollama_server.model
    options = {"engine": "ollama", "ollama": {"host": host}, "model": {"review": model}, "num_ctx": 2048}
    async with serving(tmp_path, options=options, capabilities=ABLE, root=tmp_path.as_uri()) as client:
        await _shipped(client, tmp_path)
