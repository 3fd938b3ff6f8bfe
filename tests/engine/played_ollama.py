"""Plays an Ollama that holds given models: its lists and details have the shape of 0.24's. Its answers are the code
that it was asked about, unchanged, so that a review with it finds nothing."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Held:
    """A model. `capabilities` are told by `/api/show`, as before 0.30, and by the list, too, with `early`."""

    name: str
    parameters: str = "8.0B"
    family: str = "llama"
    size: int = 4_900_000_000
    quantization: str = "Q4_K_M"
    capabilities: tuple[str, ...] = ("completion", "tools")
    remote_host: str = ""
    basename: str = ""
    early: bool = False

    def row(self) -> dict[str, Any]:
        digest = sha256(f"{self.family}{self.parameters}{self.quantization}{self.basename}".encode()).hexdigest()
        found: dict[str, Any] = {
            "name": self.name,
            "model": self.name,
            "modified_at": "2026-10-01T12:00:00.123456789+02:00",
            "size": self.size,
            "digest": digest,
            "details": self.details(),
        }
        if self.remote_host:
            found |= {"remote_host": self.remote_host, "remote_model": self.name}
        if self.early:
            found["capabilities"] = list(self.capabilities)
        return found

    def details(self) -> dict[str, Any]:
        return {
            "parent_model": "",
            "format": "gguf",
            "family": self.family,
            "families": [self.family],
            "parameter_size": self.parameters,
            "quantization_level": self.quantization,
        }

    def shown(self) -> dict[str, Any]:
        info = {"general.architecture": self.family, "general.basename": self.basename or None}
        more = {"remote_host": self.remote_host} if self.remote_host else {}
        return {"details": self.details(), "model_info": info, "capabilities": list(self.capabilities)} | more


LLAMA = Held("llama3.1:8b")
EMBEDDING = Held("nomic-embed-text:latest", "137M", "nomic-bert", 274_000_000, "F16", ("embedding",))
CLOUD = Held("qwen3-coder:480b-cloud", "480B", "qwen3moe", 384, "", ("completion",), "https://ollama.com:443")
CODER = Held("qwen2.5-coder:latest", "7.6B", "qwen2", 4_683_087_332, capabilities=("completion", "tools", "insert"))
SMALL_CODER = Held("qwen2.5-coder:1.5b", "1.5B", "qwen2", 986_062_089, capabilities=("completion", "tools", "insert"))


@dataclass
class PlayedOllama:
    """A running one. `asked`: the path and body of each request."""

    held: tuple[Held, ...] = ()
    url: str = ""
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def of(self, path: str) -> list[dict[str, Any]]:
        return [body for asked, body in self.asked if asked == path]

    @property
    def before_the_review(self) -> list[str]:
        """What was asked before the first chat."""
        paths = [path for path, _ in self.asked]
        return paths[: paths.index("/api/chat")] if "/api/chat" in paths else paths

    def answer(self, path: str, body: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
        if path == "/api/version":
            return 200, [{"version": "0.24.0"}]
        if path == "/api/tags":
            return 200, [{"models": [one.row() for one in self.held]}]
        name = str(body.get("model"))
        found = next((one for one in self.held if one.name == name), None)
        if found is None:
            return 404, [{"error": f"model '{name}' not found"}]
        if path == "/api/show":
            return 200, [found.shown()]
        if path == "/api/chat" and found.capabilities and "completion" not in found.capabilities:
            return 400, [{"error": f'"{name}" does not support chat'}]
        if path == "/api/chat":
            return 200, self.chat(body)
        if path == "/api/generate":
            return 200, [{"model": name, "response": "0", "done": True, "done_reason": "stop"}]
        return 404, [{"error": "not found"}]

    def chat(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        messages = body["messages"]
        begins = messages[-1]["content"] if messages[-1]["role"] == "assistant" else ""
        asked = messages[:-1] if begins else messages
        code = re.findall(r"```\w*\n(.*?)\n```", "\n".join(one["content"] for one in asked), re.DOTALL)
        begun = begins.partition("\n")[2]
        said = f"```\n{code[-1] if code else ''}\n```"
        if begins and code and code[-1].startswith(begun.rstrip("\n")):
            said = f"{code[-1][len(begun) :]}\n```"
        last = {"done": True, "done_reason": "stop", "message": {"role": "assistant", "content": ""}}
        return [{"message": {"role": "assistant", "content": said}, "done": False}, last]


@contextmanager
def played_ollama(*held: Held) -> Iterator[PlayedOllama]:
    played = PlayedOllama(held)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *_: object) -> None:
            """Silent."""

        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def _answer(self, body: dict[str, Any]) -> None:
            played.asked.append((self.path, body))
            status, lines = played.answer(self.path, body)
            text = "\n".join(json.dumps(line) for line in lines).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    played.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield played
    finally:
        server.shutdown()
        server.server_close()
