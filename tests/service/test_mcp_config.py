"""Which MCP servers are named, by whom, and which wait for a yes."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from postil.service.config.load import load_settings
from postil.service.mcp.accepted import accept, file_of, may_start, question, revoke
from postil.service.mcp.config import (
    MOST_SERVERS,
    ServerConfig,
    ServerTrouble,
    configured,
    expanded,
    wrong,
)
from postil.settings import McpServerSettings, Settings


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    found = tmp_path / "workspace"
    (found / ".vscode").mkdir(parents=True)
    return found


def write(workspace: Path, servers: Any, file: str = ".mcp.json", **more: Any) -> None:
    key = "servers" if file.startswith(".vscode") else "mcpServers"
    (workspace / file).write_text(json.dumps({key: servers, **more}), encoding="utf-8")


def one(**values: Any) -> ServerConfig:
    return ServerConfig("s", "workspace", ".mcp.json", **values)


def test_the_user_names_servers_in_the_usual_shape(tmp_path: Path) -> None:
    file = tmp_path / "postil.toml"
    file.write_text(
        '[mcp_servers.git]\ncommand = "uvx"\nargs = ["mcp-server-git"]\ntools = ["git_*"]\nenv = { A = "b" }\n'
        '[mcp_servers.Web]\nurl = "https://example.org/mcp"\nheaders = { Authorization = "Bearer ${env:TOKEN}" }\n'
        "[mcp_servers.off]\ncommand = 'x'\ndisabled = true\n",
        encoding="utf-8",
    )
    loaded = load_settings(user_file=file)
    assert loaded.problems == ()
    git, web, off = configured(loaded.settings, None).servers
    assert (git.command, git.args, git.env, git.tools) == ("uvx", ("mcp-server-git",), (("A", "b"),), ("git_*",))
    assert web.line == "https://example.org/mcp 'Authorization: Bearer ${env:TOKEN}'"
    assert off.disabled and all(may_start(one) for one in (git, web))


def test_neither_a_workspace_nor_an_editor_sets_them(tmp_path: Path) -> None:
    (tmp_path / "postil.toml").write_text('[mcp_servers.evil]\ncommand = "x"\n', encoding="utf-8")
    client = {"mcpServers": {"evil": {"command": "x"}}}
    loaded = load_settings(workspace=tmp_path, client=client)
    assert loaded.settings.mcp_servers == {}
    assert [problem.message.partition(":")[0] for problem in loaded.problems] == [
        "a workspace can't set this",
        "an editor can't set this",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("comand = 'x'", "unknown key: did you mean command?"),
        ("command = 7", "should be a string"),
        ("args = 'x'", "should be a list of strings"),
        ("env = { A = 1 }", "should be a table of names, each a string"),
        ("timeout = 0", "should be a number, above 0"),
    ],
)
def test_a_wrong_key_is_told_and_the_others_count(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "postil.toml"
    file.write_text(f"[mcp_servers.a]\n{text}\n[mcp_servers.b]\ncommand = 'y'\n", encoding="utf-8")
    loaded = load_settings(user_file=file)
    (problem,) = loaded.problems
    assert words in problem.message and loaded.settings.mcp_servers["b"].command == "y"


def test_a_name_is_letters(tmp_path: Path) -> None:
    file = tmp_path / "postil.toml"
    file.write_text("[mcp_servers.'a b']\ncommand = 'x'\n", encoding="utf-8")
    (problem,) = load_settings(user_file=file).problems
    assert "letters, digits, '-' and '_'" in problem.message


def test_a_workspace_s_servers_wait_for_a_yes_to_the_exact_line(workspace: Path) -> None:
    write(workspace, {"db": {"command": "uvx", "args": ["db", "--all files"], "env": {"A": "1"}}})
    (workspace / ".vscode/mcp.json").write_text(
        '{ // ours\n "inputs": [{"id": "x"}], "servers": {"web": {"type": "http", "url": "https://example.org/m"},}}',
        encoding="utf-8",
    )
    found = configured(Settings(), workspace)
    assert found.problems == ()
    db, web = found.servers
    assert not may_start(db) and not may_start(web)
    assert "A=1 uvx db '--all files'" in question(db) and "with your rights" in question(db)
    assert "https://example.org/m" in question(web)
    accept(db)
    assert may_start(db) and not may_start(web)
    file = file_of(db)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and workspace not in file.parents
    assert configured(Settings(trust_workspace=False), workspace).servers == ()
    for values in (
        {"command": "uv"},
        {"args": ("db", "--all", "files")},
        {"args": ("db",)},
        {"env": (("A", "2"),)},
        {"env": ()},
        {"cwd": "/"},
        {"workspace": workspace.parent},
        {"name": "other"},
        {"command": "", "url": "https://example.org/m"},
    ):
        assert not may_start(_changed(db, **values)), values
    assert revoke(db) and not may_start(db) and not revoke(db)


def _changed(config: ServerConfig, **values: Any) -> ServerConfig:
    fields = {name: getattr(config, name) for name in ServerConfig.__dataclass_fields__}
    return ServerConfig(**{**fields, **values})


def test_a_name_of_the_user_s_wins(workspace: Path) -> None:
    write(workspace, {"git": {"command": "evil"}, "other": {"command": "x"}})
    write(workspace, {"other": {"command": "y"}}, ".vscode/mcp.json")
    settings = Settings(mcp_servers={"git": McpServerSettings(command="uvx")})
    found = configured(settings, workspace)
    assert [(one.name, one.command) for one in found.servers] == [("git", "uvx"), ("other", "x")]
    assert [problem.key for problem in found.problems] == ["git", "other"]


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ({"comand": "x"}, "unknown key comand: use type, command, args"),
        ({"command": ["x"]}, "Expected `str`"),
        ({"command": "x", "allow_http": True}, "unknown key allow_http"),
        ({"command": "x", "envFile": ".env"}, "unknown key envFile"),
        ({}, "neither a command nor a url"),
        ({"command": "x", "url": "https://a.b"}, "a command and a url"),
        ({"type": "sse", "url": "https://a.b"}, "sse is gone"),
        ({"type": "pipe", "command": "x"}, "Invalid enum value"),
        ({"url": "http://example.org/m"}, "unencrypted HTTP"),
        ({"url": "file:///etc/passwd"}, "no address"),
        ({"url": "https://me:pass@example.org/"}, "put it into headers"),
        ({"url": "https://[/"}, "no address"),
        ({"command": "x", "args": ["${input:key}"]}, "${input:key} isn't known"),
        ({"command": "x", "args": ["${userHome}"]}, "isn't known"),
        ({"command": "x", "env": {"A": "${HOME}"}}, "write the value"),
        ({"command": "x\ny"}, "line end"),
        ({"command": "x", "args": ["y"] * 101}, "more than 100"),
        (7, "Expected `object`"),
    ],
)
def test_a_server_that_is_written_wrong_is_left_out_and_told(workspace: Path, server: Any, words: str) -> None:
    write(workspace, {"bad": server, "good": {"command": "x"}})
    found = configured(Settings(), workspace)
    assert [one.name for one in found.servers] == ["good"]
    (problem,) = found.problems
    assert words in str(problem) and problem.key == "bad" and len(str(problem)) < 500


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"servers": {}}', '{"mcpServers": 7}', "[" * 100_000, '{"mcpServers": {"\x00": {}}}', "\ufeff{",
     '{"mcpServers": {"' + "x" * 100 + '": {"command": "x"}}}', "x" * 2_000_000, "\udcff"],
)  # fmt: skip
def test_a_file_that_is_none_is_told(workspace: Path, text: str) -> None:
    (workspace / ".mcp.json").write_text(text, encoding="utf-8", errors="surrogateescape")
    found = configured(Settings(), workspace)
    assert found.servers == () and len(found.problems) == 1 and len(str(found.problems[0])) < 500


def test_a_folder_in_the_place_of_a_file_is_none(workspace: Path) -> None:
    (workspace / ".mcp.json").mkdir()
    assert configured(Settings(), workspace) == configured(Settings(), None)


def test_so_many_servers_count(workspace: Path) -> None:
    write(workspace, {f"s{number}": {"command": "x"} for number in range(MOST_SERVERS + 5)})
    found = configured(Settings(), workspace)
    assert len(found.servers) == MOST_SERVERS and len(found.problems) == 1


def test_two_variables_are_replaced_and_no_other(tmp_path: Path) -> None:
    config = one(workspace=tmp_path, command="${workspaceFolder}/x", args=("$HOME", "${env:A}-${env:A}"), cwd="")
    done = expanded(config, {"A": "${env:B}", "HOME": "/h"})
    assert (done.command, done.args, done.cwd) == (f"{tmp_path}/x", ("$HOME", "${env:B}-${env:B}"), str(tmp_path))
    with pytest.raises(ServerTrouble, match="B isn't set"):
        expanded(one(command="x", args=("${env:B}",)), {})
    with pytest.raises(ServerTrouble, match="there is no workspace"):
        expanded(one(command="${workspaceFolder}"), {})
    with pytest.raises(ServerTrouble, match="unencrypted HTTP"):
        expanded(one(url="${env:U}"), {"U": "http://example.org/"})
    assert expanded(one(url="${env:U}"), {"U": "http://127.0.0.1:1/"}).url == "http://127.0.0.1:1/"
    assert wrong(one(url="https://${env:HOST}/x")) == ""
    assert wrong(one(url="http://example.org/", allow_http=True)) == ""


def test_two_lines_never_look_alike() -> None:
    assert one(command="a", args=("b c",)).line != one(command="a", args=("b", "c")).line
    assert one(command="a", args=("",)).line == "a ''"
    assert one(command="a", args=("\u202eevil",)).line == r"a '\u202eevil'"
    assert one(command="pythоn").line == r"'pyth\u043en'", "a letter of another alphabet"
