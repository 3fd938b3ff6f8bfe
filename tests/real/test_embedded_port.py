"""The embedded engine's port: of this machine only, and silent without the key, which nobody else can read."""

from __future__ import annotations

import socket
from contextlib import aclosing
from pathlib import Path

import httpx
import psutil
import pytest
from tests import parts

from postil.core.request import ChatRequest, LoadOptions, Message, Sampling
from postil.engine.download.store import resolver
from postil.engine.embedded.engine import EmbeddedEngine
from postil.engine.embedded.process import EmbeddedOptions
from postil.settings import Settings

# What llama.cpp's server knows, in the version that is pinned and in those before it.
PATHS = (
    *(
        "/props",
        "/slots",
        "/slots/0?action=save",
        "/metrics",
        "/models",
        "/v1/models",
        "/models/load",
        "/lora-adapters",
    ),
    *("/tokenize", "/detokenize", "/apply-template", "/completion", "/completions", "/v1/completions", "/infill"),
    *("/chat/completions", "/v1/chat/completions", "/v1/responses", "/v1/messages", "/embedding", "/v1/embeddings"),
    *("/rerank", "/v1/rerank", "/api/show", "/api/tags", "/tools", "/cors-proxy", "/nothing"),
)
# llama.cpp lets these through always; they are nothing, or say that a server is there.
OPEN = {"/health": 200, "/v1/health": 200, "/": 404, "/index.html": 404, "/favicon.ico": 404}
ASK = ChatRequest(
    parts.SMALL, (Message("user", "Say hello."),), sampling=Sampling(max_tokens=1), load=LoadOptions(num_ctx=512)
)
EVIL = {"Origin": "https://evil.example", "Host": "evil.example"}


@pytest.mark.real_embedded
async def test_the_port_needs_its_key(embedded_gguf: Path) -> None:
    engine = EmbeddedEngine(resolver(Settings()), tuple, EmbeddedOptions(parts.THREADS, parallel=1))
    try:
        async with aclosing(engine.chat(ASK)) as stream:
            assert [delta async for delta in stream]
        child = engine._answers.child
        assert child is not None and engine.pid is not None
        key, address = child.engine._key, child.address
        assert key is not None and len(key) >= 32
        async with httpx.AsyncClient(trust_env=False, base_url=address, timeout=30) as client:
            for wrong in (
                {},
                {"Authorization": "Bearer x"},
                {"Authorization": f"Bearer {key[:-1]}"},
                {"X-Api-Key": ""},
            ):
                for path in PATHS:
                    for method in ("GET", "POST", "DELETE", "PUT"):
                        answer = await client.request(method, path, headers=wrong, json={})
                        assert answer.status_code in (401, 404), (method, path, answer.status_code, answer.text[:200])
                        assert method in ("DELETE", "PUT") or path == "/nothing" or answer.status_code == 401, path
            for path, status in OPEN.items():
                answer = await client.get(path)
                assert (answer.status_code, len(answer.content) < 100) == (status, True), path
                assert embedded_gguf.name not in answer.text
            # A page of a browser's may ask, but is not told what was answered.
            for method in ("OPTIONS", "GET"):
                answer = await client.request(method, "/completion", headers=EVIL)
                assert answer.headers.get("access-control-allow-origin") not in ("*", EVIL["Origin"], "null")
            # The control: with the key it answers.
            assert (await client.get("/props", headers={"Authorization": f"Bearer {key}"})).status_code == 200
        _on_loopback_only(int(address.rpartition(":")[2]))
        for process in (psutil.Process(engine.pid), psutil.Process()):
            assert key not in " ".join([*process.cmdline(), *process.environ().values()])
    finally:
        await engine.aclose()


def _on_loopback_only(port: int) -> None:
    """It can be reached at 127.0.0.1, and at no other address of this machine."""
    with socket.create_connection(("127.0.0.1", port), 5):
        pass
    others = {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None)} | {"::1"}
    for address in others:
        if address.startswith("127."):
            continue
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family) as tried:
            tried.settimeout(5)
            assert tried.connect_ex((address, port)) != 0, address
