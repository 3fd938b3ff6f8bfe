"""`postil mcp` as a process with the scripted engine, and the SDK's client."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mcp_types as types
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

import postil

SERVER = str(Path(postil.__file__).parents[1])


@dataclass(slots=True)
class Serving:
    """`folder`: for settings, cache and state of the process."""

    folder: Path
    root: Path
    rules: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    settings: str = "[review]\nmin_score = 0\n[fix]\nmechanical = false\nseconds = 100\nsamples = 3\n"

    def environment(self) -> dict[str, str]:
        made = {f"XDG_{name}_HOME": str(self.folder / name.lower()) for name in ("CONFIG", "CACHE", "STATE")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {**made, "PYTHONPATH": SERVER, "POSTIL_CACHE_DIR": str(self.folder / "cache"), "PATH": path}

    def arguments(self) -> list[str]:
        config = self.folder / "config" / "postil"
        config.mkdir(parents=True, exist_ok=True)
        (config / "postil.toml").write_text(self.settings, encoding="utf-8")
        script = self.folder / "script.json"
        script.write_text(json.dumps(self.rules), encoding="utf-8")
        more = ["--engine-script", str(script), "--engine-journal", str(self.folder / "journal")]
        return ["-m", "postil", "mcp", "--workspace", str(self.root), *more]

    def parameters(self) -> StdioServerParameters:
        return StdioServerParameters(command=sys.executable, args=self.arguments(), env=self.environment())

    def journal(self) -> list[dict[str, Any]]:
        path = self.folder / "journal"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []

    @asynccontextmanager
    async def client(self, mode: str = "auto") -> AsyncGenerator[Client]:
        async with Client(self.parameters(), mode=mode, read_timeout_seconds=100) as client:
            yield client


def text(result: types.CallToolResult) -> str:
    """The one text of a result."""
    (content,) = result.content
    assert isinstance(content, types.TextContent)
    return content.text
