"""Real engines with the proxy before them: Ollama, Ollama as an OpenAI-compatible server, the embedded child."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from tests import parts
from tests.conftest import OllamaServer
from tests.faults.proxy import Proxy
from tests.lsp.client import SERVER

# The units are a few lines; a small context loads soon.
NUM_CTX = 1024

# Takes the place of the embedded engine's library in the child: the real one, whose server says that it is at the
# proxy's address, and tells the proxy where it is.
_BEHIND = """
import importlib.machinery, importlib.util, os, sys

here = os.path.dirname(os.path.abspath(__file__))
elsewhere = [path for path in sys.path if os.path.abspath(path) != here]
spec = importlib.machinery.PathFinder.find_spec("xllamacpp", elsewhere)
real = sys.modules["xllamacpp"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(real)
_Server = real.Server

class Server:
    def __init__(self, params):
        self.server = _Server(params)
        with open(os.path.join(here, "address"), "w", encoding="utf-8") as file:
            file.write(self.server.listening_address + " " + str(os.getpid()))
        with open(os.path.join(here, "proxy"), encoding="utf-8") as file:
            self.listening_address = file.read()

real.Server = Server
"""


@dataclass(slots=True)
class Behind:
    """An engine behind a proxy: the settings that choose it, and what the server's environment needs."""

    name: str
    proxy: Proxy
    settings: dict[str, Any]
    environment: dict[str, str]
    folder: Path

    @property
    def child(self) -> int:
        """The process id of the embedded child that started last."""
        return int((self.folder / "address").read_text(encoding="utf-8").split()[1])


@asynccontextmanager
async def behind(name: str, folder: Path, ollama: OllamaServer, gguf: Path | None = None) -> AsyncGenerator[Behind]:
    """The engine `name` (ollama, openai, embedded), asked through a proxy that does nothing yet. `gguf`: the weights of
    the embedded one; None = of the smallest model."""

    def address() -> str:
        return (folder / "address").read_text(encoding="utf-8").split()[0] if name == "embedded" else ollama.host

    proxy = Proxy(address)
    await proxy.listen()
    settings: dict[str, Any] = {"engine": name, "num_ctx": NUM_CTX}
    environment: dict[str, str] = {}
    if name == "ollama":
        settings["ollama"] = {"host": proxy.url}
    elif name == "openai":
        settings["openai"] = {"base_url": f"{proxy.url}/v1"}
    else:
        parts.xllamacpp()
        settings["embedded"] = {"model_path": str(gguf or parts.gguf()), "parallel": 2, "threads": parts.THREADS}
        (folder / "xllamacpp.py").write_text(_BEHIND, encoding="utf-8")
        (folder / "proxy").write_text(proxy.url, encoding="utf-8")
        environment["PYTHONPATH"] = os.pathsep.join([str(folder), str(SERVER)])
    try:
        yield Behind(name, proxy, settings, environment, folder)
    finally:
        await proxy.close()


async def loaded(ollama: OllamaServer) -> None:
    """Ollama has the model in memory, with the options that the suite asks for: the first token comes soon."""
    options = {"num_ctx": NUM_CTX, "num_thread": parts.THREADS}
    async with httpx.AsyncClient(trust_env=False, timeout=300.0) as client:
        answer = await client.post(f"{ollama.host}/api/generate", json={"model": ollama.model, "options": options})
        answer.raise_for_status()
