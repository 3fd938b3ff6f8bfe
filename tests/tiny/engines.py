"""Real engines that hold the tiny models: each Ollama that the tests build, and the embedded engine."""

from __future__ import annotations

import contextlib
import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
from tests import parts
from tests.conftest import running_ollama
from tests.tiny.families import FAMILIES, Import
from tests.tiny.observe import LlamaServer, OllamaModel
from tests.tiny.weights import write

from postil.engine.embedded.messages import ChildConfig, ChildReply

KEY = "of the tests"
# A tiny model answers at once; this is for a machine that others use.
_SECONDS = 120.0


class Weights:
    """The files of the tiny models, written when somebody wants them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, family: str) -> Path:
        found = self._folder / f"{family}.gguf"
        if not found.exists():
            write(FAMILIES[family], FAMILIES[family].template_text(parts.ollama_templates()), found)
        return found


class TinyOllama:
    """An Ollama into which tiny models are imported."""

    def __init__(self, host: str, weights: Weights) -> None:
        self.host = host
        self.client = httpx.Client(base_url=host, trust_env=False, timeout=_SECONDS)
        self._weights = weights

    def model(self, way: Import) -> OllamaModel:
        """A family's model; it is created unless it is there."""
        if self.client.post("/api/show", json={"model": way.model}).status_code == 404:
            path = self._weights.path(way.family)
            data = path.read_bytes()
            digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
            self.client.post(f"/api/blobs/{digest}", content=data).raise_for_status()
            told = {"model": way.model, "files": {path.name: digest}, "stream": False, **way.body()}
            self.client.post("/api/create", json=told).raise_for_status()
        return OllamaModel(self.client, way.model)


@contextlib.contextmanager
def tiny_ollama(version: str, weights: Weights) -> Iterator[TinyOllama]:
    with (
        tempfile.TemporaryDirectory(prefix="postil-tiny-") as folder,
        running_ollama(parts.ollama_binary(version), Path(folder) / "models") as (host, _),
    ):
        server = TinyOllama(host, weights)
        with server.client:
            yield server


@contextlib.contextmanager
def embedded(weights: Path) -> Iterator[LlamaServer]:
    """The child of the embedded engine with a model."""
    config = ChildConfig(
        model_path=str(weights),
        num_ctx=4096,
        parallel=1,
        threads=1,
        gpu_layers=0,
        speculation=False,
        api_key=KEY,
    )
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "postil.engine.embedded.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdin is not None and child.stdout is not None
    try:
        child.stdin.write(msgspec.json.encode(config) + b"\n")
        child.stdin.flush()
        reply = msgspec.json.decode(child.stdout.readline(), type=ChildReply)
        assert reply.address, reply.error
        with httpx.Client(
            base_url=reply.address,
            trust_env=False,
            timeout=_SECONDS,
            headers={"Authorization": f"Bearer {KEY}"},
            # The server ends a connection whose client may just be about to use it again.
            limits=httpx.Limits(max_keepalive_connections=0),
        ) as client:
            yield LlamaServer(client)
    finally:
        child.kill()
        child.wait()
        child.stdin.close()
        child.stdout.close()
