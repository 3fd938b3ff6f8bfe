"""Personas and models, managed by commands over stdio."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.engine.faulty_http import head, refusal
from tests.engine.faulty_http import serving as serving_http
from tests.lsp.client import Client, serving
from tests.lsp.conftest import Play
from tests.lsp.test_reload import write


def read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


async def done(client: Client, name: str, *arguments: Any) -> Any:
    answer = await client.command(name, *arguments)
    assert "error" not in answer, answer
    return answer.get("result")


async def failed(client: Client, name: str, *arguments: Any) -> tuple[int, str]:
    error = (await client.command(name, *arguments))["error"]
    return error["code"], error["message"]


async def test_personas_are_listed_made_and_checked(play: Play, tmp_path: Path) -> None:
    async with play([]) as client:
        rows = {row["name"]: row for row in await done(client, "postil.personas")}
        assert rows["reviewer"]["enabled"] and rows["completer"]["enabled"] and not rows["security"]["enabled"]
        assert rows["reviewer"]["origin"] == "shipped" and "FROM" in read(rows["reviewer"]["path"])
        made = Path((await done(client, "postil.newPersona", "team", "review", "qwen2.5-coder:0.5b"))["path"])
        assert made == tmp_path / "config/postil/personas/team.Modelfile"
        found: list[Any] = []

        async def listed() -> bool:
            found[:] = [row for row in await done(client, "postil.personas") if row["name"] == "team"]
            return bool(found)

        async with asyncio.timeout(20):
            while not await listed():
                pass
        assert (found[0]["origin"], found[0]["enabled"]) == ("user", False)
        await done(client, "postil.persona", "team", True)
        assert await listed() and found[0]["enabled"]
        assert await done(client, "postil.checkPersonas") == []
        write(made, "FROM\n")
        (problem, *_) = await done(client, "postil.checkPersonas")
        assert (problem["path"], problem["line"], problem["severity"]) == (str(made), 0, "error")


async def test_wrong_arguments_and_failures_are_answered(play: Play) -> None:
    async with play([], options={"engine": "ollama", "ollama": {"host": "http://127.0.0.1:9"}}) as client:
        for name, arguments in (
            ("postil.newPersona", ("a",)),
            ("postil.pullModel", ()),
            ("postil.copyModel", ("a", 1)),
        ):
            code, message = await failed(client, name, *arguments)
            assert code == -32602 and f"{name} takes" in message
        code, message = await failed(client, "postil.newPersona", "../x", "review", "m")
        assert code == -32803 and "name" in message
        code, message = await failed(client, "postil.pushPersona", "nobody")
        assert code == -32803 and "known are" in message
        for name, arguments in (("postil.models", ()), ("postil.pullModel", ("m",)), ("postil.loadModel", ())):
            code, message = await failed(client, name, *arguments)
            assert code == -32803 and "ollama serve" in message, message
        # A list may hold the models of both engines: which one is meant can be said.
        code, message = await failed(client, "postil.removeModel", "nobody", "embedded")
        assert code == -32803 and "ollama serve" not in message
        code, message = await failed(client, "postil.removeModel", "nobody", "cloud")
        assert code == -32602 and "ollama or embedded" in message
        assert client.of("window/showMessage") == []
        assert await client.stop() == 0


@pytest.mark.parametrize("by", ["window/workDoneProgress/cancel", "$/cancelRequest"])
async def test_a_cancelled_pull_hangs_up(tmp_path: Path, by: str) -> None:
    line = {"status": "pulling 1", "digest": "sha256:1", "total": 100, "completed": 40}
    pull = (head(kind="application/x-ndjson"), json.dumps(line).encode() + b"\n", "stall")
    async with serving_http() as server:
        server.paths = {"/api/pull": pull, "/api/tags": (refusal(200, '{"models": []}'),)}
        async with serving(tmp_path, options={"engine": "ollama", "ollama": {"host": server.url}}) as client:
            asked = asyncio.create_task(client.command("postil.pullModel", "m:1b"))
            await client.until(
                lambda: any(p["value"].get("percentage") == 40 for p in client.progress("report")), "40 %"
            )
            server.left.clear()
            # VS Code cancels the request of a command, other clients its progress.
            request = by == "$/cancelRequest"
            client.notify(by, {"id": client._id} if request else {"token": client.progress("begin")[0]["token"]})
            answer = await asked
            assert answer["error"]["code"] == -32800 if request else answer["result"] is False
            await asyncio.wait_for(server.left.wait(), 20)
            await client.until(lambda: len(client.progress("end")) == 1, "the end of the progress")


async def test_models_are_loaded_under_a_progress_that_can_be_cancelled(tmp_path: Path) -> None:
    async with serving_http() as server:
        held = {"models": [{"model": "qwen2.5-coder:1.5b", "size": 1}]}
        server.paths = {"/api/tags": (refusal(200, json.dumps(held)),), "/api/generate": ("stall",)}
        async with serving(tmp_path, options={"engine": "ollama", "ollama": {"host": server.url}}) as client:
            asked = asyncio.create_task(client.command("postil.loadModel"))
            await client.until(lambda: any("generate" in one.line for one in server.asked), "the load")
            (begun,) = client.progress("begin")
            assert begun["value"]["title"] == "Loading" and begun["value"]["cancellable"]
            client.notify("window/workDoneProgress/cancel", {"token": begun["token"]})
            assert (await asked)["result"] == []
            assert len(client.progress("end")) == 1
            server.paths["/api/generate"] = (refusal(200, '{"response": "", "done": true}'),)
            (sentence,) = await done(client, "postil.loadModel")
            assert "qwen2.5-coder:1.5b" in sentence
