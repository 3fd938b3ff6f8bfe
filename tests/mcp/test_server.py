"""`postil mcp`: its four tools, what they refuse, progress, cancelling, and that stdout carries the protocol only."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.mcp.serving import Serving, text
from tests.verify.fixing import CODE, PYTEST, RIGHT, WRONG, project, tree

FIXED = CODE.replace("len(items) - 1", "len(items)")
NEEDED = {"review", "fix", "explain", "search_code"}


@pytest.fixture
def serving(tmp_path: Path) -> Serving:
    top = project(tmp_path)
    found = Serving(tmp_path / "own", top)
    found.settings += f"[checks.unit]\ncommand = {json.dumps(PYTEST)}\n"
    return found


def answers(*texts: str) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = [{"chunks": [{"text": one}], "times": 1} for one in texts[:-1]]
    return [*rules, {"chunks": [{"text": texts[-1]}]}]


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it didn't come"
        await asyncio.sleep(0.02)


def applies(patch: str, top: Path) -> bool:
    done = subprocess.run(["git", "apply", "--check"], cwd=top, input=patch, text=True, check=False)
    return done.returncode == 0


def index(serving: Serving) -> None:
    made = [sys.executable, "-m", "postil", "index", "--update"]
    environment = {**os.environ, **serving.environment()}
    subprocess.run(made, cwd=serving.root, env=environment, check=True, capture_output=True)


@pytest.mark.slow
@pytest.mark.parametrize(("mode", "protocol"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
async def test_both_eras_find_the_tools(serving: Serving, mode: str, protocol: str) -> None:
    async with serving.client(mode) as client:
        assert client.protocol_version == protocol
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert tools.keys() == NEEDED
        assert "complaint" in tools["fix"].input_schema["properties"]
        assert tools["fix"].annotations is not None and tools["fix"].annotations.destructive_hint
        # What a small window must hold of them.
        assert sum(len(json.dumps(tool.model_dump(mode="json", exclude_none=True))) for tool in tools.values()) < 5000


@pytest.mark.slow
async def test_review_tells_notes_with_their_changes(serving: Serving) -> None:
    serving.rules = [{"match": {"contains": "def total"}, "echo": True, "replace": [["len(items) - 1", "len(items)"]]}]
    told: list[str | None] = []

    async def progress(progress: float, total: float | None, message: str | None) -> None:
        told.append(message)

    async with serving.client() as client:
        result = await client.call_tool("review", {"paths": ["shop"]}, progress_callback=progress)
        words = text(result)
        assert not result.is_error
        assert "shop/cart.py:7: " in words and "+    for i in range(len(items)):" in words
        assert "1 note (" in words and "Nothing has checked them" in words
        assert told and any(message and "shop/cart.py" in message for message in told)
        assert "0 notes" in text(await client.call_tool("review", {"diff": "HEAD"}))
        (serving.root / "shop" / "cart.py").write_text(CODE + "\n\nX = 1\n", encoding="utf-8")
        assert "0 notes" in text(await client.call_tool("review", {"diff": "HEAD"})), "the defect is older"
        assert "0 notes" in text(await client.call_tool("review", {"staged": True}))
    assert (serving.root / "shop" / "cart.py").read_text(encoding="utf-8") == CODE + "\n\nX = 1\n"


@pytest.mark.slow
async def test_fix_gives_what_the_check_has_passed_and_writes_only_when_asked(serving: Serving) -> None:
    serving.rules = answers(RIGHT)
    before = tree(serving.root)
    told: list[str] = []

    async def progress(progress: float, total: float | None, message: str | None) -> None:
        told.append(message or "")

    async with serving.client() as client:
        result = await client.call_tool("fix", {"check": "unit"}, progress_callback=progress)
        words = text(result)
        assert not result.is_error, words
        assert words.startswith("verified by the check: tests/test_cart.py::test_total is fixed: all 2 tests pass")
        assert "--- a/shop/cart.py" in words and "+    for i in range(len(items)):" in words
        assert tree(serving.root) == before
        assert "asking about total" in told
        patch = words[words.index("--- a/") : words.index("\nNothing was written")]
        assert await asyncio.to_thread(applies, patch, serving.root)
        words = text(await client.call_tool("fix", {"check": "unit", "apply": True}))
        assert words.endswith("Written: shop/cart.py")
        assert (serving.root / "shop/cart.py").read_text(encoding="utf-8") == FIXED
        assert "there is nothing to fix" in text(await client.call_tool("fix", {"check": "unit"}))


@pytest.mark.slow
async def test_what_no_check_has_passed_is_not_given(serving: Serving) -> None:
    serving.rules = answers(WRONG)
    serving.settings = serving.settings.replace("samples = 3", "samples = 1")
    before = tree(serving.root)
    async with serving.client() as client:
        words = text(await client.call_tool("fix", {"check": "unit", "apply": True}))
    assert words.startswith("No fix: None of 1 candidates passed the check.") and "---" not in words
    assert "result = 1" not in words and tree(serving.root) == before


@pytest.mark.slow
async def test_a_tool_s_complaint_is_mended_and_proved(serving: Serving) -> None:
    shop = serving.root / "shop" / "cart.py"
    shop.write_text(CODE.replace("return max(items)", "return max(itmes)"), encoding="utf-8")
    serving.rules = answers("    return max(items)\n```")
    async with serving.client() as client:
        words = text(await client.call_tool("fix", {"complaint": "shop/cart.py:13 ruff F821 Undefined name `itmes`"}))
        assert words.startswith("verified by ruff: ruff is content: F821 is gone"), words
        assert "+    return max(items)" in words
        result = await client.call_tool("fix", {"complaint": "shop/cart.py:13 it is ugly", "tool": "ruff"})
        assert result.is_error and "nothing here can prove a fix of that" in text(result)
        result = await client.call_tool("fix", {"complaint": "it is ugly"})
        assert result.is_error and "a complaint is path:line" in text(result)


@pytest.mark.slow
async def test_explain_reads_a_definition_or_lines(serving: Serving) -> None:
    serving.rules = answers("It adds the prices.")
    async with serving.client() as client:
        words = text(await client.call_tool("explain", {"path": "shop/cart.py", "symbol": "total"}))
        assert words.startswith("shop/cart.py:4-9\n\nIt adds the prices.") and "Nothing has checked it" in words
        assert text(await client.call_tool("explain", {"path": "shop/cart.py", "lines": "12-13"})).startswith(
            "shop/cart.py:12-13"
        )
        for arguments, told in (
            ({"path": "shop/cart.py", "symbol": "nothing"}, "no definition 'nothing'"),
            ({"path": "shop/cart.py", "lines": "x"}, "write them as 12 or 12-30"),
            ({"path": "shop/cart.py", "lines": "900"}, "has the lines 1 to"),
            ({"path": "shop"}, "is a folder"),
        ):
            result = await client.call_tool("explain", arguments)
            assert result.is_error and told in text(result)


@pytest.mark.slow
async def test_search_code_answers_from_the_index_and_only_what_may_be_read(serving: Serving) -> None:
    async with serving.client() as client:
        result = await client.call_tool("search_code", {"question": "sum of prices"})
        assert result.is_error and "`postil index --update` makes one" in text(result)
        await asyncio.to_thread(index, serving)
        words = text(await client.call_tool("search_code", {"question": "sum of all prices", "number": 2}))
        assert words.startswith("shop/cart.py:") and "def total(items):" in words
        # A rule that is newer than the index.
        (serving.root / ".postilignore").write_text("shop/\n", encoding="utf-8")
        assert "def total" not in text(await client.call_tool("search_code", {"question": "sum of all prices"}))


@pytest.mark.slow
async def test_paths_stay_in_the_workspace_and_secrets_stay_unread(serving: Serving, tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text("SECRET = 'not yours'\n", encoding="utf-8")
    top = serving.root
    (top / "link.py").symlink_to(outside)
    (top / "folder").symlink_to(tmp_path)
    (top / ".env").write_text("KEY=1\n", encoding="utf-8")
    (top / ".gitignore").write_text("ignored.py\nbuilt/\n", encoding="utf-8")
    (top / "ignored.py").write_text("x = 1\n", encoding="utf-8")
    (top / "built").mkdir()
    (top / "built" / "x.py").write_text("x = 1\n", encoding="utf-8")
    (top / ".postilignore").write_text("private.py\n", encoding="utf-8")
    (top / "private.py").write_text("x = 1\n", encoding="utf-8")
    refused = ["../outside.py", str(outside), "link.py", "folder/outside.py", "folder", ".env", "ignored.py",
               "built/x.py", "built", "private.py", "no/such.py", "", "a\0b", "x" * 5000, "~/.ssh/id_rsa",
               "/etc/passwd", ".git/config"]  # fmt: skip
    async with serving.client() as client:
        for path in refused:
            for name, arguments in (
                ("explain", {"path": path}),
                ("review", {"paths": [path]}),
                ("fix", {"complaint": f"{path}:1 wrong"}),
            ):
                result = await client.call_tool(name, arguments)
                assert result.is_error, (name, path, text(result))
                assert "not yours" not in text(result) and len(text(result)) < 1000
        assert not (await client.call_tool("review", {"paths": [str(top / "shop" / "cart.py")]})).is_error, "control"
        result = await client.call_tool("review", {"paths": ["."]})
        assert not result.is_error
    assert not any("not yours" in line["contains"] for line in serving.journal())


@pytest.mark.slow
async def test_a_check_needs_the_user_s_yes_and_commands_are_never_taken(serving: Serving, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    (serving.root / "postil.toml").write_text(f"[checks.evil]\ncommand = 'touch {mark}'\n", encoding="utf-8")
    async with serving.client() as client:
        for arguments, told in (
            ({"check": "evil"}, "hasn't said yes"),
            ({"check": f"touch {mark}"}, "A command of your own isn't run"),
            ({"check": "tests"}, "hasn't said yes"),
            ({}, "name a check"),
            ({"tool": "ruff"}, "goes with a complaint"),
            ({"complaint": "shop/cart.py:1 x", "tool": "rm"}, "isn't known"),
        ):
            result = await client.call_tool("fix", arguments)
            assert result.is_error and told in text(result), text(result)
    serving.settings = "trust_workspace = false\n" + serving.settings
    async with serving.client() as client:
        for name, arguments in (("fix", {"check": "unit"}), ("review", {"diff": "HEAD"})):
            result = await client.call_tool(name, arguments)
            assert result.is_error and "trust" in text(result)
    assert not mark.exists()


@pytest.mark.slow
async def test_a_cancelled_fix_leaves_nothing(serving: Serving) -> None:
    (serving.root / "tests" / "test_cart.py").write_text(
        "import time\n\ndef test_long():\n    time.sleep(60)\n", encoding="utf-8"
    )
    async with serving.client() as client:
        started = asyncio.Event()

        async def progress(progress: float, total: float | None, message: str | None) -> None:
            started.set()

        call = asyncio.create_task(client.call_tool("fix", {"check": "unit"}, progress_callback=progress))
        await asyncio.wait_for(started.wait(), 30)
        # This process may have other children: a server that forks commands, a proxy.
        (server,) = [one for one in psutil.Process().children() if "mcp" in one.cmdline()]
        await until(lambda: len(server.children(recursive=True)) > 0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await until(lambda: server.children(recursive=True) == [])
        assert not (await client.call_tool("review", {"paths": ["shop"]})).is_error, "it still serves"


@pytest.mark.slow
async def test_an_engine_that_fails_is_a_tool_error(serving: Serving) -> None:
    serving.rules = [{"error": "unavailable"}]
    async with serving.client() as client:
        for name, arguments in (
            ("review", {"paths": ["shop"]}),
            ("explain", {"path": "shop/cart.py"}),
            ("fix", {"check": "unit"}),
        ):
            result = await client.call_tool(name, arguments)
            assert result.is_error and "Next step" in text(result), name
        result = await client.call_tool("review", {"paths": 7})
        assert result.is_error


@pytest.mark.slow
def test_stdout_carries_the_protocol_only_and_the_process_ends_with_its_input(serving: Serving) -> None:
    command = [sys.executable, *serving.arguments()]
    said = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    messages = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": said},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call",
         "params": {"name": "review", "arguments": {"paths": ["shop"]}}},
    ]  # fmt: skip
    environment = {**os.environ, **serving.environment()}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        lines: list[dict[str, Any]] = []
        process.stdin.write(b"this is no message\n")
        for message in messages:
            process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()
        while not any(line.get("id") == 2 for line in lines):
            lines.append(json.loads(process.stdout.readline()))
        process.stdin.close()
        assert process.wait(timeout=10) == 0
    assert all(line["jsonrpc"] == "2.0" for line in lines)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_signal_ends_it(serving: Serving) -> None:
    command = [sys.executable, *serving.arguments()]
    environment = {**os.environ, **serving.environment()}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        said = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
        message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": said}
        process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == 1
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 130
