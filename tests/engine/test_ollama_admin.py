"""Ollama's models managed: what is asked of it and what is not, played by a server that answers as it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.engine.faulty_http import FaultyServer, refusal, serving

from postil.core.modelfile.create import CreateModel, create_model
from postil.core.request import LoadOptions
from postil.engine.base import EngineRefused, ModelMissing
from postil.engine.ollama.admin import OllamaAdmin
from postil.service.models.stores import OllamaStore, WrongUsage, model_rows
from postil.settings import OllamaSettings, Settings

SUCCESS = refusal(200, '{"status": "writing manifest"}\n{"status": "success"}\n', "application/x-ndjson")
FULL = """FROM M:1B
RENDERER qwen3
PARSER qwen3
PARAMETER stop <a>
PARAMETER stop <b>
PARAMETER temperature 0
SYSTEM Be kind.
MESSAGE user 你好
REQUIRES v0.14.0
"""


def tags(*names: str) -> tuple[bytes]:
    return (refusal(200, json.dumps({"models": [{"model": name, "size": 7} for name in names]})),)


@asynccontextmanager
async def playing(**paths: Any) -> AsyncIterator[tuple[FaultyServer, OllamaAdmin]]:
    """`paths` by the last part of each path under /api."""
    async with serving() as server:
        server.paths = {f"/api/{name}": steps for name, steps in paths.items()}
        admin = OllamaAdmin(server.url)
        try:
            yield server, admin
        finally:
            await admin.aclose()


async def statuses(admin: OllamaAdmin, model: CreateModel, folder: Path | None = None) -> list[str]:
    async with aclosing(admin.create("made", model, folder)) as steps:
        return [step.what.partition(": ")[2] async for step in steps]


def lines(server: FaultyServer) -> list[str]:
    return [asked.line.removesuffix(" HTTP/1.1") for asked in server.asked]


async def test_all_of_a_modelfile_travels() -> None:
    model, _ = create_model(FULL)
    assert model is not None
    async with playing(tags=tags("other:1b", "m:1b"), create=(SUCCESS,)) as (server, admin):
        assert await statuses(admin, model) == ["writing manifest", "success"]
    assert lines(server) == ["GET /api/tags", "POST /api/create"]
    assert server.asked[1].body == {
        "model": "made",
        "stream": True,
        "from": "m:1b",
        "system": "Be kind.",
        "parameters": {"stop": ["<a>", "<b>"], "temperature": 0.0},
        "messages": [{"role": "user", "content": "你好"}],
        "renderer": "qwen3",
        "parser": "qwen3",
        "requires": "0.14.0",
    }


@pytest.mark.parametrize("name", ["m", "m:2b", "org/m:1b", "hf.co/org/m:1b"])
async def test_what_ollama_does_not_hold_is_not_downloaded(name: str) -> None:
    async with playing(tags=tags("m:1b"), create=(SUCCESS,)) as (server, admin):
        with pytest.raises(ModelMissing, match=f"postil models pull {name} --engine ollama") as failure:
            await statuses(admin, CreateModel(name))
    assert failure.value.model == name
    assert lines(server) == ["GET /api/tags"]


@pytest.mark.parametrize("held", ["m:latest", "m:1b"])
async def test_names_that_mean_what_is_held(held: str) -> None:
    for name in (held.removesuffix(":latest"), f"library/{held}", f"registry.ollama.ai/library/{held}", held.upper()):
        async with playing(tags=tags("n", held), create=(SUCCESS,)) as (server, admin):
            await statuses(admin, CreateModel(name))
        assert server.asked[1].body["from"] == held


@pytest.mark.parametrize(
    ("model", "part"),
    [
        (CreateModel("./none.gguf"), "no file is there"),
        (CreateModel("none.GGUF"), "no file is there"),
        (CreateModel("."), "is a folder: use `ollama create`"),
        (CreateModel("~nobody-of-that-name/m.gguf"), "can't be read"),
        (CreateModel("m:1b", adapter="lora.bin"), "ADAPTER names"),
    ],
)
async def test_a_path_that_is_none_asks_nobody(tmp_path: Path, model: CreateModel, part: str) -> None:
    async with playing(tags=tags("m:1b"), create=(SUCCESS,)) as (server, admin):
        with pytest.raises(EngineRefused, match=part):
            await statuses(admin, model, tmp_path)
    assert server.asked == []


async def test_files_are_given_once(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    (tmp_path / "lora.gguf").write_bytes(b"LORA")
    here = refusal(200, "")
    async with serving(here) as server:
        server.paths = {"/api/create": (SUCCESS,)}
        admin = OllamaAdmin(server.url)
        told = await statuses(admin, CreateModel("m.gguf", adapter="./lora.gguf"), tmp_path)
        await admin.aclose()
    assert told[:2] == ["giving m.gguf to Ollama", "giving lora.gguf to Ollama"]
    assert [line.split(" ")[0] for line in lines(server)] == ["HEAD", "HEAD", "POST"], "it has both already"
    body = server.asked[-1].body
    assert "from" not in body
    assert body["files"] == {"m.gguf": f"sha256:{sha256(b'GGUF').hexdigest()}"}
    assert body["adapters"] == {"lora.gguf": f"sha256:{sha256(b'LORA').hexdigest()}"}


async def test_an_error_in_the_middle_is_one() -> None:
    broken = refusal(200, '{"status": "parsing"}\n{"error": "unknown type"}\n', "application/x-ndjson")
    async with playing(tags=tags("m:1b"), create=(broken,)) as (_, admin):
        with pytest.raises(EngineRefused, match="unknown type"):
            await statuses(admin, CreateModel("m:1b"))


async def test_a_stopped_creation_hangs_up() -> None:
    begun = (refusal(200, '{"status": "parsing"}\n', "application/x-ndjson"), "stall")
    async with playing(tags=tags("m:1b"), create=begun) as (server, admin):
        steps = admin.create("made", CreateModel("m:1b"))
        assert (await anext(steps)).what == "made: parsing"
        server.left.clear()
        await steps.aclose()
        await asyncio.wait_for(server.left.wait(), 20)


async def test_what_is_in_memory_has_a_row_even_when_its_model_is_gone() -> None:
    running = {"models": [{"model": "gone:latest", "size": 9, "context_length": 1024}, {"model": "m:1b", "size": 8}]}
    async with playing(tags=tags("m:1b", "n:1b"), ps=(refusal(200, json.dumps(running)),)) as (server, _):
        store = OllamaStore(Settings(ollama=OllamaSettings(host=server.url)))
        rows = await model_rows(store)
        await store.aclose()
    assert [(row.model.name, row.model.size, row.loaded and row.loaded.size) for row in rows] == [
        ("m:1b", 7, 8),
        ("n:1b", 7, None),
        ("gone:latest", None, 9),
    ]


@pytest.mark.parametrize("keep_alive", ["5m", "1h30m", "-1", "0", "90", "1.5h", "300ms"])
async def test_how_long_it_stays_is_said_as_ollama_takes_it(keep_alive: str) -> None:
    async with playing(generate=(refusal(200, '{"response": "", "done": true}'),)) as (server, _):
        store = OllamaStore(Settings(ollama=OllamaSettings(host=server.url)))
        assert "1,024 tokens" in await store.load("m:1b", keep_alive, LoadOptions(num_ctx=1024))
        await store.aclose()
    body = server.asked[0].body
    assert body["options"] == {"num_ctx": 1024} and not body.get("prompt")
    assert str(body["keep_alive"]).removesuffix(".0") == keep_alive


@pytest.mark.parametrize("keep_alive", ["soon", "", "5 m", "m", "1e3"])
async def test_a_duration_that_is_none(keep_alive: str) -> None:
    async with playing() as (server, _):
        store = OllamaStore(Settings(ollama=OllamaSettings(host=server.url)))
        with pytest.raises(WrongUsage, match="use 30m, 2h, or -1"):
            await store.load("m:1b", keep_alive, LoadOptions())
        await store.aclose()
    assert server.asked == []
