"""Servers that work and servers that don't: what is told of them, and that nothing of them is left."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.service import mcp_servers
from tests.service.mcp_servers import INJECTION

from postil.service.mcp.config import ServerConfig
from postil.service.mcp.limits import Limits
from postil.service.mcp.servers import Servers

SCRIPT = str(Path(mcp_servers.__file__))
QUICK = Limits(start_seconds=10, list_seconds=10, grace_seconds=0.3)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def config(mode: str, note: Path | None = None, name: str = "", **more: Any) -> ServerConfig:
    args = (SCRIPT, mode, *([str(note)] if note else []))
    values: dict[str, Any] = {"command": sys.executable, "args": args, "timeout": 10.0, **more}
    return ServerConfig(name or mode, "user", "postil.toml", **values)


@asynccontextmanager
async def servers(*configs: ServerConfig, limits: Limits = QUICK, **more: Any) -> AsyncGenerator[Servers]:
    found = Servers(configs, limits=limits, **more)
    try:
        yield found
    finally:
        await found.aclose()
        assert alive() == []


def alive() -> list[int]:
    """The processes below this one that run the script."""
    found: list[int] = []
    for one in psutil.Process().children(recursive=True):
        try:
            if SCRIPT in one.cmdline() and one.status() != psutil.STATUS_ZOMBIE:
                found.append(one.pid)
        except psutil.Error:
            continue  # it ends just now
    return found


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it didn't come"
        await asyncio.sleep(0.01)


async def test_nothing_is_started_before_it_is_needed(tmp_path: Path) -> None:
    note = tmp_path / "note"
    async with servers(config("good", note)) as found:
        assert found.names == ("good",) and not note.exists()
        (spec,) = await found.tools()
        assert (spec.name, spec.kind, spec.server, spec.description) == ("good_call", "mcp", "good", "does something")
        assert json.loads(spec.schema)["properties"] == {"what": {"type": "string"}}
        result = await found.call("good", "good_call", '{"what": "hello"}')
        assert (result.text, result.failed) == ("you said hello", False)
        assert await found.tools() == (spec,)
    assert note.read_text(encoding="utf-8").count("tools/list") == 1, "the list is kept"


async def test_a_server_gets_few_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.setenv("NAMED", "yes")
    note = tmp_path / "note"
    async with servers(config("good", note, env=(("GIVEN", "${env:NAMED}"),))) as found:
        await found.tools()
    (start,) = [line for line in note.read_text(encoding="utf-8").splitlines() if line.startswith("start")]
    assert "'GIVEN'" in start and "'PATH'" in start
    assert "AWS" not in start and "'NAMED'" not in start


async def test_prompts_and_resources_are_listed_and_read() -> None:
    async with servers(config("good")) as found:
        (prompt,) = await found.prompts("good")
        assert (prompt.name, prompt.arguments) == ("p", ("a",))
        assert (await found.prompt("good", "p", {"a": "cats"})).text == "user: about cats"
        (resource,) = await found.resources("good")
        assert (await found.read("good", resource.uri)).text == "contents"
        assert (await found.read("other", "x")).failed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("dies", "it ended; it said: something broke"),
        ("floods-line", "it wrote far too much"),
        ("floods-result", "it wrote far too much"),
        ("floods-notices", "it wrote far too m"),
        ("garbage", "lines that are no messages"),
        ("nonsense", "isn't one of the protocol"),
    ],
)
async def test_a_server_that_breaks_harms_no_other(mode: str, words: str) -> None:
    async with servers(config("good"), config(mode, name="bad")) as found:
        assert {spec.name for spec in await found.tools()} == {"good_call", "bad_call"}
        bad, good = await asyncio.gather(
            found.call("bad", "bad_call", "{}"), found.call("good", "good_call", '{"what": "x"}')
        )
        assert bad.failed and words in bad.text and "postil mcp test bad" in bad.text
        assert (good.text, good.failed) == ("you said x", False)
        assert any(words in trouble for trouble in found.troubles)


async def test_a_server_that_hangs_is_given_up_and_told(tmp_path: Path) -> None:
    note = tmp_path / "note"
    async with servers(config("hangs", note, timeout=0.3)) as found:
        await found.tools()
        result = await found.call("hangs", "hangs_call", "{}")
        assert result.failed and "no answer within 0.3 s" in result.text
        await until(lambda: "notifications/cancelled" in note.read_text(encoding="utf-8"))


async def test_a_cancelled_call_is_cancelled_at_the_server(tmp_path: Path) -> None:
    note = tmp_path / "note"
    async with servers(config("hangs", note)) as found:
        await found.tools()
        call = asyncio.create_task(found.call("hangs", "hangs_call", "{}"))
        await until(lambda: "tools/call" in note.read_text(encoding="utf-8"))
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await until(lambda: "notifications/cancelled" in note.read_text(encoding="utf-8"))


async def test_a_server_that_never_answers_holds_nothing_up(tmp_path: Path) -> None:
    async with servers(config("silent"), config("good")) as found:
        (spec,) = await found.tools(wait=0.7)
        assert spec.server == "good"
        assert any("still starting" in trouble for trouble in found.troubles)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ({"command": "no-such-program-here", "args": ()}, "can't start no-such-program-here: there is no such program"),
        ({"cwd": "/no/such/folder"}, "there is no folder"),
        ({"env": (("A", "${env:NO_SUCH_VARIABLE}"),)}, "NO_SUCH_VARIABLE isn't set"),
        ({"command": "", "url": "http://127.0.0.1:9/mcp", "args": ()}, "can't connect"),
    ],
)
async def test_one_that_cannot_be_started_is_told(command: dict[str, Any], words: str) -> None:
    async with servers(config("good", **command)) as found:
        assert await found.tools() == ()
        (trouble,) = found.troubles
        assert words in trouble


async def test_it_is_started_again_once_in_a_while(tmp_path: Path) -> None:
    now, note = [0.0], tmp_path / "note"
    async with servers(config("ends", note), clock=lambda: now[0]) as found:
        for _ in range(4):
            assert await found.tools() == ()
        assert note.read_text(encoding="utf-8").count("start") == 2
        (trouble,) = found.troubles
        assert "no such database" in trouble and "isn't started again so soon" in trouble
        now[0] = 61.0
        await found.tools()
        assert note.read_text(encoding="utf-8").count("start") == 3


async def test_tools_that_change_ask_for_another_yes(tmp_path: Path) -> None:
    server = config("changes")
    async with servers(server) as found:
        (spec,) = await found.tools()
        assert not found.agreed(spec.name)
        found.agree(spec.name)
        assert found.agreed(spec.name) and found.changed == frozenset()
        assert not (await found.call("changes", spec.name, "{}")).failed
        await until(lambda: found._servers["changes"].changes > found._servers["changes"].known)
        # The model was shown the old one.
        result = await found.call("changes", spec.name, "{}")
        assert result.failed and "has changed what call is" in result.text
        (other,) = await found.tools()
        assert other.description == "does something else"
        assert not found.agreed(other.name) and found.changed == {other.name}
        found.agree(other.name)
        assert found.agreed(other.name) and found.changed == frozenset()
    async with servers(server) as found:
        (spec,) = await found.tools()
        assert found.changed == {spec.name}, "a yes is to the definition"


async def test_a_server_that_starts_again_with_other_tools_is_seen(tmp_path: Path) -> None:
    async with servers(config("restarts", tmp_path / "note")) as found:
        (spec,) = await found.tools()
        assert (await found.call("restarts", spec.name, "{}")).failed
        result = await found.call("restarts", spec.name, "{}")
        assert result.failed and "has changed what call is" in result.text


async def test_many_long_and_strange_tools_are_cut() -> None:
    async with servers(config("many"), config("schema"), config("endless")) as found:
        specs = await found.tools()
        many = [spec for spec in specs if spec.server == "many"]
        assert len(many) == 200 and {spec.name for spec in many} >= {"many_tool_0", "many_tool_199"}
        assert all(len(spec.description) == 400 for spec in many)
        assert [spec.name for spec in specs if spec.server == "schema"] == ["schema_small"]
        assert any("large: its schema has" in trouble for trouble in found.troubles)
        assert [spec.name for spec in specs if spec.server == "endless"] == ["endless_call"]
        result = await found.call("many", "many_tool_7", "{}")
        assert not result.failed


async def test_the_user_chooses_tools() -> None:
    async with servers(config("injects", tools=("re*",))) as found:
        assert [spec.name for spec in await found.tools()] == ["injects_read"]


async def test_what_a_server_says_stays_text() -> None:
    async with servers(config("injects"), taken={"injects_read"}) as found:
        specs = {spec.name: spec for spec in await found.tools()}
        assert specs["injects_call"].description == INJECTION and specs["injects_call"].kind == "mcp"
        assert found.hints("injects_call") == ("read only",)
        assert "injects_read" not in specs, "a name of ours stays ours"
        result = await found.call("injects", "injects_call", "{}")
        assert result.text == INJECTION + r"\x1b]0;title\x07" and not result.failed


async def test_results_are_text_of_a_bounded_size() -> None:
    async with servers(config("large"), config("pictures"), config("fails")) as found:
        await found.tools()
        large = (await found.call("large", "large_call", "{}")).text
        assert len(large) < 101_000 and "characters left out" in large and large.endswith("the end")
        assert (await found.call("pictures", "pictures_call", "{}")).text.splitlines() == [
            "[an image, image/png, 3 bytes]",
            "[a resource: a file, file:///etc/passwd]",
            "[data: x://y, a/b, 3 bytes]",
        ]
        assert (await found.call("fails", "fails_call", "{}")).failed
        assert (await found.call("fails", "fails_call", "[]")).failed
        assert (await found.call("fails", "other", "{}")).failed
        assert (await found.call("large", "fails_call", "{}")).failed


async def test_a_server_s_schema_of_results_is_not_run() -> None:
    """Its pattern would take minutes."""
    async with servers(config("output")) as found:
        await found.tools()
        result = await asyncio.wait_for(found.call("output", "output_call", "{}"), 5)
        assert "a" * 40 + "!" in result.text


async def test_a_server_gets_no_model_no_roots_and_no_answers_of_the_user(tmp_path: Path) -> None:
    note = tmp_path / "note"
    async with servers(config("asks", note)) as found:
        await found.tools()
        assert not (await found.call("asks", "asks_call", "{}")).failed
        await until(lambda: note.read_text(encoding="utf-8").count("answer") == 3)
    answers = [line for line in note.read_text(encoding="utf-8").splitlines() if line.startswith("answer")]
    assert all('"code"' in line for line in answers)


async def test_progress_is_told_and_logs_are_kept() -> None:
    told: list[str] = []
    async with servers(config("progress"), config("chats"), config("floods-log")) as found:
        await found.tools()
        assert not (await found.call("progress", "progress_call", "{}", told.append)).failed
        assert told == ["1 of 2: step 1", "2 of 2: step 2"]
        assert (await found.call("chats", "chats_call", '{"what": "x"}')).text == "you said x"
        assert found.log("chats") == ("a line of a debugger",)
        assert not (await found.call("floods-log", "floods-log_call", "{}")).failed
        await until(lambda: bool(found.log("floods-log")))
        assert sum(map(len, found.log("floods-log"))) <= 200 * 400


@pytest.mark.slow
async def test_a_server_that_does_not_want_to_end_is_ended_with_its_children(tmp_path: Path) -> None:
    note = tmp_path / "note"
    async with servers(config("stays", note)) as found:
        await found.tools()
        lines = note.read_text(encoding="utf-8").splitlines()
        children = [int(line.split()[1]) for line in lines if line.startswith("child")]
        assert len(children) == 2 and all(map(psutil.pid_exists, children)), "the control"
    await until(lambda: not any(map(runs, children)))


def runs(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
@pytest.mark.parametrize("path", ["", ".", "/usr/bin:."])
async def test_a_name_never_means_a_file_of_the_workspace(
    tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "ran"
    trap = tmp_path / "no-such-program"
    trap.write_text(f"#!/bin/sh\ntouch {mark}\n", encoding="utf-8")
    trap.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    named = config("good", command="no-such-program", args=(), workspace=tmp_path, env=(("PATH", path),))
    async with servers(named) as found:
        assert await found.tools() == () and not mark.exists()
        assert "there is no such program" in found.troubles[0]
    async with servers(config("good", command="./no-such-program", args=(), workspace=tmp_path)) as found:
        await found.tools()
        assert mark.exists(), "the control: by its path it is meant"


async def test_closing_while_servers_start_leaves_none() -> None:
    found = Servers([config("silent"), config("good")], limits=QUICK)
    starting = asyncio.create_task(found.tools())
    await until(lambda: len(alive()) == 2)
    await found.aclose()
    await starting
    assert alive() == []
    assert await found.tools() == ()


async def test_cancelling_the_list_leaves_it_to_the_next() -> None:
    async with servers(config("good")) as found:
        asking = asyncio.create_task(found.tools())
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert len(await found.tools()) == 1


def test_what_is_not_agreed_to_is_not_there(tmp_path: Path) -> None:
    named = ServerConfig("w", "workspace", ".mcp.json", tmp_path, command=sys.executable)
    assert Servers([named, config("good", disabled=True)], environment=os.environ).names == ()
