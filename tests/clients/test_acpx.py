"""`postil acp` driven by acpx, a client that isn't ours: a question, an edit that is allowed, one that is denied."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests import parts
from tests.acp.editing import MODEL, call, edit, says

SERVER = Path(__file__).resolve().parents[2] / "server"
FEES = "LATE = 7\n\n\ndef late(x):\n    return x * LATE / 10\n"
RULES = [
    says(call("read", path="src/fees.py"), "late fee", times=1),
    says(edit("src/fees.py", "    return x * LATE / 10", "    return x * LATE / 100"), "LATE = 7", times=1),
    says("Mended."),
]
# A start of Node, of Python, and a model of half a billion on a busy machine.
SECONDS = 300


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "shop"
    (place / "src").mkdir(parents=True)
    (place / "src" / "fees.py").write_text(FEES, encoding="utf-8")
    return place


def run(tmp_path: Path, folder: Path, settings: str, arguments: list[str], *flags: str, text: str) -> Any:
    """The ended process. acpx and Postil have a home of their own."""
    node, script = parts.acpx()
    config = tmp_path / "config" / "postil" / "postil.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(settings, encoding="utf-8")
    named = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("CONFIG", "STATE", "DATA")}
    environment = {**os.environ, **named, "HOME": str(tmp_path / "home"), "PYTHONPATH": str(SERVER)}
    environment["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    environment["POSTIL_CACHE_DIR"] = str(parts.folder().parent)
    agent = " ".join([sys.executable, "-m", "postil", "acp", *arguments])
    command = [node, script, "--cwd", str(folder), *flags, "--agent", agent, "exec", text]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=SECONDS, stdin=subprocess.DEVNULL, check=False
    )


def scripted(tmp_path: Path, folder: Path, *flags: str) -> Any:
    script = tmp_path / "script.json"
    script.write_text(json.dumps(RULES), encoding="utf-8")
    settings = f'[model]\nreview = "{MODEL}"\n'
    return run(tmp_path, folder, settings, ["--engine-script", str(script)], *flags, text="mend the late fee")


@pytest.mark.slow
def test_an_edit_that_is_approved_is_made(tmp_path: Path, folder: Path) -> None:
    done = scripted(tmp_path, folder, "--approve-all")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Mended." in done.stdout and "[done] end_turn" in done.stdout
    assert (folder / "src" / "fees.py").read_text(encoding="utf-8") == FEES.replace("/ 10\n", "/ 100\n")


@pytest.mark.slow
def test_an_edit_that_is_denied_is_not_made(tmp_path: Path, folder: Path) -> None:
    done = scripted(tmp_path, folder, "--deny-all", "--format", "json", "--json-strict")
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    updates = [one["params"]["update"] for one in messages if one.get("method") == "session/update"]
    assert [one["status"] for one in updates if one["sessionUpdate"] == "tool_call_update"][-1] == "failed"
    assert messages[-1]["result"]["stopReason"] == "end_turn"
    # 5: something was denied.
    assert done.returncode == 5, done.stdout + done.stderr
    assert (folder / "src" / "fees.py").read_text(encoding="utf-8") == FEES


@pytest.mark.slow
@pytest.mark.real_embedded
def test_a_model_on_this_machine_answers(tmp_path: Path, folder: Path) -> None:
    parts.xllamacpp()
    parts.gguf(parts.SMALL)
    settings = f'engine = "embedded"\nnum_ctx = 4096\n[model]\nreview = "{parts.SMALL}"\n[embedded]\nthreads = 2\n'
    done = run(tmp_path, folder, settings, [], "--approve-reads", "--format", "json", text="What is 17 * 23?")
    assert done.returncode == 0, done.stdout + done.stderr
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    assert messages[-1]["result"]["stopReason"] == "end_turn"
    updates = [one["params"]["update"] for one in messages if one.get("method") == "session/update"]
    said = "".join(one["content"]["text"] for one in updates if one["sessionUpdate"] == "agent_message_chunk")
    assert said.strip() and "<tool_call>" not in said
