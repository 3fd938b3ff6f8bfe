"""`postil acp` as an editor starts it: a process of its own, whose stdout is the protocol's."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests import parts
from tests.acp.conftest import FEES
from tests.acp.editing import PATIENCE, Editor, call, edit, says, until

import acp
from acp import schema

SERVER = Path(__file__).resolve().parents[2] / "server"
READ = call("read", path="src/fees.py")
EDIT = edit("src/fees.py", "    return x * LATE / 10", "    return x * LATE / 100")


def command(tmp_path: Path, *rules: object) -> list[str]:
    script = tmp_path / "script.json"
    script.write_text(json.dumps([*rules, says("Done.")]), encoding="utf-8")
    return [sys.executable, "-m", "postil", "acp", "--engine-script", str(script)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(SERVER)}


@pytest.mark.slow
async def test_an_edit_is_asked_about_and_written_and_the_process_ends_with_its_stdin(
    tmp_path: Path, folder: Path
) -> None:
    editor = Editor(buffers={str(folder / "src" / "fees.py"): FEES})
    rules = says(READ, "late fee", times=1), says(EDIT, "LATE = 7", times=1)
    spawned = acp.spawn_agent_process(editor, *command(tmp_path, *rules), env=environment(), cwd=folder)  # pyright: ignore
    async with spawned as (agent, process):
        files = schema.FileSystemCapabilities(read_text_file=True, write_text_file=True)
        await agent.initialize(protocol_version=1, client_capabilities=schema.ClientCapabilities(fs=files))
        session = (await agent.new_session(cwd=str(folder), mcp_servers=[])).session_id
        answer = await agent.prompt(session_id=session, prompt=[acp.text_block("mend the late fee")])
        assert answer.stop_reason == "end_turn"
        assert len(editor.permissions) == 1 and list(editor.written) == [str(folder / "src" / "fees.py")]
        assert process.stdin is not None
        process.stdin.close()
        assert await asyncio.wait_for(process.wait(), PATIENCE) == 0


@pytest.mark.slow
async def test_a_conversation_is_gone_on_with_by_another_process(tmp_path: Path, folder: Path) -> None:
    rules = says("It is 7.", "late fee", times=1), says("I said 7.", "say it again")
    argv = command(tmp_path, *rules)
    async with acp.spawn_agent_process(Editor(), *argv, env=environment(), cwd=folder) as (agent, process):  # pyright: ignore
        await agent.initialize(protocol_version=1)
        session = (await agent.new_session(cwd=str(folder), mcp_servers=[])).session_id
        await agent.prompt(session_id=session, prompt=[acp.text_block("what is the late fee?")])
        process.kill()
        await asyncio.wait_for(process.wait(), PATIENCE)
    editor = Editor()
    async with acp.spawn_agent_process(editor, *argv, env=environment(), cwd=folder) as (agent, process):  # pyright: ignore
        await agent.initialize(protocol_version=1)
        (listed,) = (await agent.list_sessions(cwd=str(folder))).sessions
        assert (listed.session_id, listed.title) == (session, "what is the late fee?")
        await agent.load_session(cwd=str(folder), session_id=session, mcp_servers=[])
        assert editor.text() == "It is 7."
        await agent.prompt(session_id=session, prompt=[acp.text_block("say it again")])
        assert editor.text().endswith("I said 7.")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
@pytest.mark.parametrize("end", ["stdin", "SIGTERM"])
async def test_whatever_ends_it_a_running_check_ends_too(tmp_path: Path, folder: Path, end: str) -> None:
    pid = tmp_path / "pid"
    with (tmp_path / "config" / "postil" / "postil.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[checks.slow]\ncommand = \"sh -c 'echo $$ > {pid}; exec sleep 600'\"\n")
    argv = command(tmp_path, says(call("check"), "run it", times=1))
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*argv, stdin=pipe, stdout=pipe, env=environment())
    assert process.stdin is not None and process.stdout is not None
    requests = [
        ("initialize", {"protocolVersion": 1}),
        ("session/new", {"cwd": str(folder), "mcpServers": []}),
    ]
    answer: dict[str, Any] = {}
    for number, (method, params) in enumerate(requests):
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        process.stdin.write(json.dumps(request).encode() + b"\n")
        answer = json.loads(await asyncio.wait_for(process.stdout.readline(), PATIENCE))
        assert answer["id"] == number
    session = answer["result"]["sessionId"]
    prompt = {"sessionId": session, "prompt": [{"type": "text", "text": "run it"}]}
    request = {"jsonrpc": "2.0", "id": 2, "method": "session/prompt", "params": prompt}
    process.stdin.write(json.dumps(request).encode() + b"\n")
    number = int(await until(lambda: pid.exists() and pid.read_text(encoding="utf-8").strip(), "the check"))
    assert parts.runs(number)
    if end == "stdin":
        process.stdin.close()
    else:
        process.send_signal(signal.SIGTERM)
    rest, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 0
    # The control: all that it said until the end is the protocol's.
    assert all(json.loads(line)["jsonrpc"] == "2.0" for line in rest.splitlines())
    await until(lambda: not parts.runs(number), "the end of the check")


@pytest.mark.slow
def test_without_the_extra_the_next_step_is_said(tmp_path: Path) -> None:
    hide = (
        "import sys; sys.modules['acp'] = None; sys.argv = ['postil', 'acp']; from postil.__main__ import main; main()"
    )
    ran = subprocess.run([sys.executable, "-c", hide], env=environment(), capture_output=True, text=True, check=False)
    assert ran.returncode == 2 and "pip install 'postil[agent]'" in ran.stderr
    assert not ran.stdout and "Traceback" not in ran.stderr
