"""Failures of third parties in a real server: an error in the status and one message, or none at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tests.engine.faulty_http import FaultyServer, head, refusal
from tests.engine.faulty_http import serving as serving_http
from tests.lsp.client import SERVER, serving
from tests.lsp.test_missing_model import tags
from tests.lsp.test_review import A, function

SOCKS = {"ALL_PROXY": "socks5://127.0.0.1:9", "all_proxy": "socks5h://127.0.0.1:9", "NO_PROXY": "[::1]"}


def fresh(folder: Path, **environment: str) -> dict[str, str]:
    """So that the server is a Python of its own, which has imported nothing yet."""
    return {"PYTHONPATH": os.pathsep.join((str(folder), str(SERVER))), **environment}


@pytest.mark.slow
async def test_a_socks_proxy_is_nothing_to_an_ollama_of_this_machine(tmp_path: Path) -> None:
    """The editor said "ready", and nothing came of a save."""
    said = {"model": "m:1b", "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}
    async with serving_http() as ollama:
        ollama.paths = {
            "/api/tags": tags("qwen2.5-coder:1.5b"),
            "/api/chat": (head(kind="application/x-ndjson"), json.dumps(said).encode() + b"\n"),
        }
        options = {"ollama": {"host": ollama.url}}
        async with serving(tmp_path, options=options, environment=fresh(tmp_path, **SOCKS)) as client:
            client.open(A, function("one"))
            client.save(A)
            await client.until(lambda: [one for one in ollama.asked if "/api/chat" in one.line], "the review", 60)
            assert "Traceback" not in client.log()


@pytest.mark.slow
async def test_another_machine_behind_it_is_an_error_and_one_message(tmp_path: Path) -> None:
    options = {"engine": "ollama", "ollama": {"host": "https://gpu.example"}}
    async with serving(tmp_path, options=options, environment=fresh(tmp_path, **SOCKS)) as client:
        client.open(A, function("one"))
        client.save(A)
        await client.until(lambda: "error" in client.statuses(), "the error", 60)
        client.save(A)
        await client.reviewed(2)
        await client.synced()
        status = client.of("postil/status")[-1]
        assert status["state"] == "error" and "SOCKS proxy" in status["message"]
        told = [one["message"] for one in client.of("window/showMessage")]
        assert len([text for text in told if "SOCKS" in text]) == 1
        assert "Traceback" not in client.log()


@pytest.mark.parametrize("package", ["tree_sitter", "httpx"])
@pytest.mark.slow
async def test_a_package_that_cant_be_imported_is_an_error_and_one_message(tmp_path: Path, package: str) -> None:
    (tmp_path / package).mkdir()
    (tmp_path / package / "__init__.py").write_text("raise ImportError('no module of the test')", encoding="utf-8")
    options = {"engine": "ollama", "ollama": {"host": "http://127.0.0.1:9"}}
    async with serving(tmp_path, options=options, environment=fresh(tmp_path)) as client:
        client.open(A, function("one"))
        client.save(A)
        await client.until(lambda: "error" in client.statuses(), "the error", 60)
        await client.synced()
        status = client.of("postil/status")[-1]
        assert status["state"] == "error" and "no module of the test" in status["message"]
        told = [one["message"] for one in client.of("window/showMessage")]
        assert len([text for text in told if "no module of the test" in text]) == 1
        assert await client.stop() == 0


async def test_why_a_named_ollama_isnt_used_is_told_and_no_download_offered(tmp_path: Path) -> None:
    server: FaultyServer
    async with serving_http(refusal(401, '{"error": "who are you"}')) as server:
        environment = {
            "OLLAMA_HOST": server.url,
            "POSTIL_CACHE_DIR": str(tmp_path / "cache"),
            "OLLAMA_MODELS": str(tmp_path / "models"),
        }
        async with serving(tmp_path, environment=environment) as client:
            client.open(A, function("one"))
            client.save(A)
            await client.until(lambda: "error" in client.statuses(), "the error", 60)
            await client.synced()
            status = client.of("postil/status")[-1]
            assert "wants a key (401: who are you)" in status["message"] and "pull" not in status["message"]
            assert client.of("window/showMessageRequest") == []
            assert any("wants a key" in one["message"] for one in client.of("window/showMessage"))
