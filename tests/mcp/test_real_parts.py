"""MCP's reference servers of both eras with Postil's client, and the official inspector with `postil mcp`."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests import parts
from tests.mcp.serving import SERVER, Serving
from tests.verify.fixing import project

from postil.core.agent.offered.found import FIND_TOOL, chosen, find_tools
from postil.service.mcp.config import ServerConfig
from postil.service.mcp.servers import Servers

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def node(name: str) -> str:
    found = parts.mcp() / "node_modules" / ".bin" / name
    if shutil.which("node") is None or not found.exists():
        parts.missing(f"{name} (Node)")
    return str(found)


def program(name: str) -> str:
    found = parts.mcp() / "venv" / "bin" / name
    return str(found) if found.exists() else parts.missing(name)


def server(name: str, command: str, *arguments: str, tools: tuple[str, ...] = ("*",), cwd: str = "") -> ServerConfig:
    return ServerConfig(name, "user", "postil.toml", command=command, args=arguments, tools=tools, cwd=cwd)


@asynccontextmanager
async def connected(*configs: ServerConfig) -> AsyncGenerator[Servers]:
    servers = Servers(configs)
    try:
        await servers.tools(60)
        assert servers.troubles == ()
        yield servers
    finally:
        await servers.aclose()


async def test_git_of_the_new_era(tmp_path: Path) -> None:
    top = project(tmp_path)
    async with connected(server("git", program("mcp-server-git"), tools=("git_l*", "git_s*"))) as servers:
        assert servers.client_of("git").protocol_version == "2026-07-28"
        names = {spec.name for spec in await servers.tools()}
        assert {"git_log", "git_status", "git_show"} <= names and "git_commit" not in names
        result = await servers.call("git", "git_log", json.dumps({"repo_path": str(top), "max_count": 1}))
        assert not result.failed and "all" in result.text
        result = await servers.call("git", "git_log", json.dumps({"repo_path": str(tmp_path)}))
        assert result.failed and result.text


async def test_filesystem_of_the_old_era(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello", encoding="utf-8")
    config = server("files", node("mcp-server-filesystem"), str(tmp_path))
    async with connected(config) as servers:
        assert servers.client_of("files").protocol_version == "2025-11-25"
        (reader,) = [spec for spec in await servers.tools() if spec.name == "files_read_text_file"]
        assert servers.hints(reader.name) == ("read only",)
        path = json.dumps({"path": str(tmp_path / "a.txt")})
        assert (await servers.call("files", reader.name, path)).text == "hello"
        assert (await servers.call("files", reader.name, '{"path": "/etc/passwd"}')).failed


async def test_everything(tmp_path: Path) -> None:
    config = server("everything", node("mcp-server-everything"))
    told: list[str] = []
    async with connected(config) as servers:
        specs = {spec.name for spec in await servers.tools()}
        assert {"everything_echo", "everything_get-sum"} <= specs
        assert "hello" in (await servers.call("everything", "everything_echo", '{"message": "hello"}')).text
        image = (await servers.call("everything", "everything_get-tiny-image", "{}")).text
        assert re.search(r"\[an image, image/png, [\d,]+ bytes\]", image)
        name = "everything_trigger-long-running-operation"
        result = await servers.call("everything", name, '{"duration": 1, "steps": 3}', told.append)
        assert not result.failed and told[-1].startswith("3 of 3")
        # It sends all of its environment: ours isn't in it.
        variables = (await servers.call("everything", "everything_get-env", "{}")).text
        assert "PYTEST_CURRENT_TEST" not in variables and "PATH" in variables
        prompts = await servers.prompts("everything")
        assert prompts and (await servers.prompt("everything", "simple-prompt", {})).text
        resources = await servers.resources("everything")
        assert resources and not (await servers.read("everything", resources[0].uri)).failed
        call = asyncio.create_task(servers.call("everything", name, '{"duration": 60, "steps": 60}'))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert "hi" in (await servers.call("everything", "everything_echo", '{"message": "hi"}')).text


async def test_everything_over_http(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        node("mcp-server-everything"),
        "streamableHttp",
        env={**os.environ, "PORT": str(port)},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(20):
            while b"listening" not in await process.stderr.readline():
                pass
        config = ServerConfig("web", "user", "postil.toml", url=f"http://127.0.0.1:{port}/mcp")
        async with connected(config) as servers:
            assert "hi" in (await servers.call("web", "web_echo", '{"message": "hi"}')).text
    finally:
        process.kill()
        await process.wait()


async def test_four_servers_publish_more_tools_than_a_model_should_read(tmp_path: Path) -> None:
    async with connected(
        server("git", program("mcp-server-git")),
        server("fetch", program("mcp-server-fetch")),
        server("files", node("mcp-server-filesystem"), str(tmp_path)),
        server("everything", node("mcp-server-everything")),
    ) as servers:
        specs = await servers.tools()
        assert len(specs) > 35 and len({spec.name for spec in specs}) == len(specs)
        shown = chosen(specs)
        assert len(shown) == 12 and shown[-1] == FIND_TOOL
        assert "git_diff_unstaged" in [one.name for one in find_tools("what did I change but not stage", specs, 3)]
        assert "fetch_fetch" in [one.name for one in find_tools("fetch from the internet", specs, 3)]
        assert "files_search_files" in [one.name for one in find_tools("search for files", specs)]


def inspect(serving: Serving, *arguments: str) -> tuple[int, dict[str, Any]]:
    command = [node("mcp-inspector"), "--cli"]
    for name, value in serving.environment().items():
        command += ["-e", f"{name}={value}"]
    command += [sys.executable, *serving.arguments(), *arguments]
    # It keeps a file of its own at home.
    environment = {**os.environ, "HOME": str(serving.folder), "PYTHONPATH": SERVER}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=100)
    return done.returncode, json.loads(done.stdout)


def test_the_official_inspector_lists_and_calls(tmp_path: Path) -> None:
    serving = Serving(tmp_path / "own", project(tmp_path), [{"chunks": [{"text": "It adds the prices."}]}])
    code, found = inspect(serving, "--method", "tools/list")
    assert code == 0 and [tool["name"] for tool in found["tools"]] == ["review", "fix", "explain", "search_code"]
    call = ("--method", "tools/call", "--tool-name", "explain", "--tool-arg")
    code, found = inspect(serving, *call, "path=shop/cart.py", "symbol=total")
    assert code == 0 and "It adds the prices." in found["content"][0]["text"]
    code, found = inspect(serving, *call, "path=../secret.py")
    assert code != 0 and found["isError"] and "isn't in the workspace" in found["content"][0]["text"]
