"""A model that isn't there: the user is asked, sees it come, may stop it, and nothing is fetched without a yes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.engine.faulty_http import FaultyServer, Step, head, refusal
from tests.engine.faulty_http import serving as serving_http
from tests.lsp.client import Client, serving
from tests.lsp.test_review import A, function

MODEL = "qwen2.5-coder:1.5b"
LINES = head(kind="application/x-ndjson")


def line(**value: Any) -> bytes:
    return json.dumps(value).encode() + b"\n"


def step(done: int) -> bytes:
    return line(status="pulling 29d8c98fa6b0", digest="sha256:29d8", total=1_000_000_000, completed=done)


def tags(*names: str) -> tuple[Step, ...]:
    row = {"modified_at": "2026-01-01T00:00:00Z", "digest": "d", "size": 1_000_000_000, "details": {}}
    return (refusal(200, json.dumps({"models": [{"name": name, "model": name, **row} for name in names]})),)


@pytest.fixture
async def ollama() -> Any:
    """Plays an Ollama that holds nothing."""
    async with serving_http() as server:
        server.paths = {"/api/tags": tags(), "/api/chat": (refusal(500, '{"error": "the review has begun"}'),)}
        yield server


def options(server: FaultyServer) -> dict[str, Any]:
    return {"engine": "ollama", "ollama": {"host": server.url}}


def asked(server: FaultyServer, path: str) -> list[Any]:
    return [each.body for each in server.asked if each.line.split(" ")[1] == path]


def answer(client: Client, title: str | None) -> None:
    """What the user presses: the button that begins with these words, or the cross."""

    def reply(params: Any) -> Any:
        return next((one for one in params["actions"] if title and one["title"].startswith(title)), None)

    client.replies["window/showMessageRequest"] = reply


def save(client: Client) -> None:
    client.open(A, function("one"))
    client.save(A)


@pytest.mark.slow
async def test_a_yes_pulls_it_with_progress_and_reads_again(tmp_path: Path, ollama: FaultyServer) -> None:
    going = asyncio.Event()
    ollama.paths["/api/pull"] = (
        LINES,
        line(status="pulling manifest"),
        step(250_000_000),
        going,
        line(status="success"),
    )
    async with serving(tmp_path, options=options(ollama)) as client:
        answer(client, "Pull")
        save(client)
        await client.until(lambda: client.of("window/showMessageRequest"), "the question")
        (question,) = client.of("window/showMessageRequest")
        assert "doesn't hold qwen2.5-coder:1.5b" in question["message"]
        assert [one["title"] for one in question["actions"]] == [f"Pull {MODEL} (1.1 GB)", "Not now"]
        await client.until(
            lambda: any(
                report["value"].get("percentage") == 25 and "(250 of 1,000 MB)" in report["value"]["message"]
                for report in client.progress("report")
            ),
            "a quarter",
        )
        ollama.paths["/api/tags"] = tags(MODEL)
        going.set()
        await client.until(lambda: asked(ollama, "/api/chat"), "the review")
        assert asked(ollama, "/api/pull")[0]["model"] == MODEL
        assert asked(ollama, "/api/chat")[0]["model"] == MODEL
        assert any("is here" in params["message"] for params in client.of("window/showMessage"))


@pytest.mark.parametrize("title", ["Not now", None])
async def test_without_a_yes_nothing_is_fetched_and_it_is_asked_once(
    tmp_path: Path, ollama: FaultyServer, title: str | None
) -> None:
    async with serving(tmp_path, options=options(ollama)) as client:
        answer(client, title)
        save(client)
        await client.reviewed()
        client.save(A)
        await client.reviewed(2)
        await client.until(lambda: client.of("window/showMessageRequest"), "the question")
        await client.synced()
        assert len(client.of("window/showMessageRequest")) == 1
        assert asked(ollama, "/api/pull") == []
        assert client.of("postil/status")[-1]["state"] == "error"
        assert f"postil models pull {MODEL}" in client.of("postil/status")[-1]["message"]


async def test_a_cancelled_pull_hangs_up_and_may_be_asked_for_again(tmp_path: Path, ollama: FaultyServer) -> None:
    ollama.paths["/api/pull"] = (LINES, step(1), "stall")
    async with serving(tmp_path, options=options(ollama)) as client:
        answer(client, "Pull")
        save(client)
        token = await client.until(
            lambda: next((p["token"] for p in client.progress("begin") if "Pulling" in p["value"]["title"]), None),
            "the pull's progress",
        )
        await client.until(lambda: asked(ollama, "/api/pull"), "the pull")
        ollama.left.clear()
        client.notify("window/workDoneProgress/cancel", {"token": token})
        await asyncio.wait_for(ollama.left.wait(), 20)
        await client.until(lambda: any(p["token"] == token for p in client.progress("end")), "its end")
        assert asked(ollama, "/api/chat") == []


async def test_a_pull_that_fails_says_why(tmp_path: Path, ollama: FaultyServer) -> None:
    ollama.paths["/api/pull"] = (LINES, line(error="pull model manifest: no route to host"))
    async with serving(tmp_path, options=options(ollama)) as client:
        answer(client, "Pull")
        save(client)
        await client.until(
            lambda: [p for p in client.of("window/showMessage") if "no route to host" in p["message"]], "the reason"
        )
        assert await client.stop() == 0
