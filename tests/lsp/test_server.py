"""The protocol's manners: capabilities, encodings, settings, answers to nonsense, fixes, and the end."""

from __future__ import annotations

import asyncio
import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pygls.exceptions import JsonRpcInternalError
from tests.lsp.client import CAPABILITIES, SERVER, serving
from tests.lsp.conftest import ALL, Play, stopped
from tests.lsp.test_review import A, B, function, lines_of, mend

from postil import __version__
from postil.core.text.positions import LineIndex, Position, PositionEncoding, to_column
from postil.lsp.app import make_server
from postil.lsp.features.dismiss import GONE

Journal = Callable[[], list[tuple[str, str, str]]]
ENCODINGS: list[PositionEncoding] = ["utf-8", "utf-16", "utf-32"]


def capabilities(encoding: str) -> dict[str, Any]:
    changed = copy.deepcopy(CAPABILITIES)
    changed["general"]["positionEncodings"] = [encoding]
    return changed


def applied(text: str, action: dict[str, Any], encoding: PositionEncoding) -> str:
    """The text after a code action's edits, as an editor applies them."""
    (change,) = action["edit"]["documentChanges"]
    index = LineIndex(text)
    (edit,) = change["edits"]

    def offset(place: dict[str, int]) -> int:
        column = to_column(index.line(place["line"]), place["character"], encoding)
        return index.offset(Position(place["line"], column))

    return text[: offset(edit["range"]["start"])] + edit["newText"] + text[offset(edit["range"]["end"]) :]


async def test_capabilities(play: Play) -> None:
    async with play([]) as client:
        assert client.capabilities == {
            "capabilities": {
                "positionEncoding": "utf-16",
                "textDocumentSync": {"openClose": True, "change": 2, "save": {"includeText": False}},
                "codeActionProvider": {
                    "codeActionKinds": ["quickfix", "source.fixAll.postil", "refactor", "source"],
                    "resolveProvider": True,
                },
                "hoverProvider": True,
                "documentSymbolProvider": True,
                "documentFormattingProvider": True,
                "inlineCompletionProvider": {},
                "completionProvider": {"resolveProvider": False},
                "executeCommandProvider": {
                    "commands": [
                        "postil.review",
                        "postil.reviewRange",
                        "postil.reviewChanges",
                        "postil.reviewWorkspace",
                        "postil.persona",
                        "postil.fix",
                        "postil.fixed",
                        "postil.action",
                        "postil.calibrate",
                        "postil.dismiss",
                        "postil.cancel",
                        "postil.clear",
                        "postil.showPrompt",
                        "postil.personas",
                        "postil.pushPersona",
                        "postil.pullPersona",
                        "postil.newPersona",
                        "postil.checkPersonas",
                        "postil.models",
                        "postil.pullModel",
                        "postil.removeModel",
                        "postil.copyModel",
                        "postil.loadModel",
                        "postil.unloadModel",
                        "postil.completionAccepted",
                        "postil.completionCounts",
                    ]
                },
                "workspace": {
                    "workspaceFolders": {"supported": True, "changeNotifications": True},
                    "fileOperations": {},
                },
            },
            "serverInfo": {"name": "postil", "version": __version__},
        }


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_places_count_in_the_agreed_encoding(play: Play, encoding: PositionEncoding) -> None:
    text = function("add").replace("total = first", "größe = '😀', first")
    async with play([mend("add")], capabilities=capabilities(encoding)) as client:
        assert client.capabilities["capabilities"]["positionEncoding"] == encoding
        client.open(A, text)
        client.save(A)
        await client.reviewed()
        (note,) = client.notes(A)
        line = text.splitlines()[1]
        units = {"utf-8": len(line.encode()), "utf-16": len(line.encode("utf-16-le")) // 2, "utf-32": len(line)}
        assert note["range"]["end"] == {"line": 1, "character": units[encoding]}
        (action,) = await client.actions(A, [note])
        assert applied(text, action, encoding) == text.replace("first - ", "first + ")
        # An edit behind an emoji: the note stays, and moves when lines come in above it.
        client.change(A, (0, 0, 0, 0, "# 😀\n"), (0, 2, 0, 2 + units[encoding] * 0, "é"))
        await client.until(lambda: lines_of(client.notes(A)) == [2], "the note to move")
        (action,) = await client.actions(A, [note])
        assert applied("# é😀\n" + text, action, encoding).endswith(text.replace("first - ", "first + "))
        # An edit of its own line drops it.
        end = {"utf-8": 4, "utf-16": 4, "utf-32": 4}[encoding]
        client.change(A, (2, end, 2, end, "x"))
        await client.until(lambda: client.notes(A) == [], "the note to go")


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
async def test_the_fix_gives_the_expected_text(play: Play, newline: str) -> None:
    rule = mend("add", replace=[["    total = first - second\n", "    total = first\n    total += second\n"]])
    text = ("# a\n\n" + function("add")).replace("\n", newline)
    async with play([rule]) as client:
        client.open(A, text)
        client.save(A)
        await client.reviewed()
        notes = client.notes(A)
        (action,) = await client.actions(A, notes)
        assert (action["kind"], action["isPreferred"]) == ("quickfix", True)
        assert action["edit"]["documentChanges"][0]["textDocument"] == {"uri": A, "version": 1}
        expected = text.replace(" - second", f"{newline}    total += second")
        assert applied(text, action, "utf-16") == expected


async def test_the_fix_is_refused_once_its_line_was_edited(play: Play) -> None:
    async with play([mend("add")]) as client:
        client.open(A, function("add"))
        client.save(A)
        await client.reviewed()
        notes = client.notes(A)
        assert len(await client.actions(A, notes)) == 1
        client.change(A, (1, 12, 1, 17, "other"))
        assert await client.actions(A, notes) == []
        # Back again: the code is what was reviewed.
        client.change(A, (1, 12, 1, 17, "first"))
        assert len(await client.actions(A, notes)) == 1


async def test_an_inserted_line_is_refused_once_the_place_is_gone(play: Play) -> None:
    text = "def add(first, second):\n    total = first\n    print(first)\n    print(second)\n    return total\n"
    rule = {"match": {"contains": "def add("}, "echo": True}
    rule["replace"] = [["    print(first)", "    total += second\n    print(first)"]]
    async with play([rule]) as client:
        client.open(A, text)
        client.save(A)
        await client.reviewed()
        notes = client.notes(A)
        (action,) = await client.actions(A, notes)
        assert "    total += second\n    print(first)\n" in applied(text, action, "utf-16")
        client.change(A, (0, 0, 5, 0, "pass\n"))
        await client.until(lambda: client.notes(A) == [], "the note to go")
        assert await client.actions(A, notes) == []


async def test_data_that_is_not_ours_makes_no_action(play: Play) -> None:
    place = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}
    async with play([]) as client:
        client.open(A, function("add"))
        for data in (None, 7, "x", {}, {"fix": {"first": -1, "last": 1, "old": "", "new": "x"}}, {"fix": [1]}):
            note = {"range": place, "message": "m", "source": "postil (x)", "data": data}
            assert await client.actions(A, [note]) == []


async def test_bad_settings_are_told_once_and_the_good_ones_kept(play: Play) -> None:
    bad = {"review": {"minScore": 0, "maxUnits": -1, "on_save": False}, "colour": "red"}
    async with play([mend("add")], options=bad, settings=bad) as client:
        client.open(A, function("add"))
        client.save(A)
        await client.command("postil.review", A)
        await client.reviewed()
        assert lines_of(client.notes(A)) == [1]
        told = [params["message"] for params in client.of("window/showMessage")]
        assert len(told) == 1
        assert "review.max_units" in told[0] and "colour" in told[0]
        # Good ones, pushed: the save counts again.
        client.notify("workspace/didChangeConfiguration", {"settings": {"postil": {"review": {"min_score": 0}}}})
        client.save(A)
        await client.reviewed(2)
        assert len(client.of("window/showMessage")) == 1


async def test_an_empty_section_of_a_client_in_lua_is_no_unknown_key(play: Play) -> None:
    async with play([], options={}) as client:
        client.notify("workspace/didChangeConfiguration", {"settings": {"postil": []}})
        client.notify("workspace/didChangeConfiguration", {"settings": {"postil": ["engine"]}})
        await client.until(lambda: client.of("window/showMessage"), "the second one to be told")
        assert len(client.of("window/showMessage")) == 1


async def test_settings_changed_are_asked_for(play: Play, journal: Journal) -> None:
    async with play([mend("add")], settings={"review": {"min_score": 0, "on_save": False}}) as client:
        client.open(A, function("add"))
        await client.until(lambda: client.of("workspace/configuration"), "the question")
        await client.until(lambda: client.of("client/registerCapability"), "the registration")
        client.settings = ALL
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        await client.until(lambda: len(client.of("workspace/configuration")) == 2, "the second question")
        await client.synced()
        client.save(A)
        await client.reviewed()
        assert lines_of(client.notes(A)) == [1]


async def test_settings_pushed_behind_an_answer_are_the_later_ones(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pause, pressed while the server asked for the settings, was undone by the answer."""
    async with play([mend("add")], settings=ALL) as client:
        client.open(A, function("add"))
        await client.until(lambda: client.of("workspace/configuration"), "the question")
        await client.synced()
        paused = {"settings": {"postil": {"review": {"on_save": False}}}}
        stdin, held = client.process.stdin, bytearray()
        assert stdin is not None

        def push() -> None:
            client.notify("workspace/didChangeConfiguration", paused)
            monkeypatch.undo()
            stdin.write(held)

        def answer(_: Any) -> list[Any]:
            # Both come in one piece, so that they are read before anything else happens.
            monkeypatch.setattr(stdin, "write", held.extend)
            asyncio.get_running_loop().call_soon(push)
            return [ALL]

        client.replies["workspace/configuration"] = answer
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        await client.until(lambda: len(client.of("workspace/configuration")) == 2, "the second question")
        await client.synced()
        client.save(A)
        client.open(B, function("other"))
        await client.command("postil.review", B)
        await client.reviewed()
        assert [begun["value"]["message"] for begun in client.progress("begin")] == ["b.py"], client.log()


async def test_cancel_and_clear_without_a_document_are_about_all(play: Play, tmp_path: Path) -> None:
    async with play([mend("one"), mend("two", hold=str(tmp_path / "never"))]) as client:
        client.open(A, function("one") + "\n\n" + function("two"))
        client.save(A)
        await client.until(lambda: client.notes(A), "the note")
        assert "error" not in await client.command("postil.cancel")
        await client.reviewed()
        assert lines_of(client.notes(A)) == [1]
        assert "error" not in await client.command("postil.clear")
        await client.until(lambda: not client.notes(A), "no note")
        assert "URI" in (await client.command("postil.review"))["error"]["message"]


async def test_an_engine_that_is_away_is_told_once_and_asked_again(play: Play) -> None:
    away = {"match": {"contains": ""}, "error": "unavailable", "times": 2}
    async with play([away, mend("one"), mend("two")]) as client:
        client.open(A, function("one") + "\n\n" + function("two"))
        for time in (1, 2):
            client.save(A)
            await client.reviewed(time)
        assert [params["message"] for params in client.of("window/showMessage")] == [
            "Postil: The script says unavailable. Next step: save again."
        ]
        failed = [params for params in client.of("postil/status") if params["state"] == "error"]
        assert failed and "Next step" in failed[0]["message"] and failed[0]["busy"] is False
        assert client.statuses()[-1] == "error"
        client.save(A)
        await client.reviewed(3)
        assert lines_of(client.notes(A)) == [1, 7]
        await client.until(lambda: client.statuses()[-1] == "ready", "ready")
        assert client.of("postil/status")[-1] == {
            "state": "ready",
            "busy": False,
            "engine": "scripted",
            "model": "qwen2.5-coder:1.5b",
            "message": "",
            "completion": "",
            "personas": ["reviewer"],
            "unread": 0,
            "why": "qwen2.5-coder:1.5b on scripted (a script): it is the FROM of reviewer.",
            "ghost": "",
            "check": "",
            "index": "",
        }


async def test_a_broken_stream_costs_one_unit(play: Play) -> None:
    broken = {"match": {"contains": "def one("}, "error": "broken", "chunks": [{"text": "    total"}]}
    async with play([broken, mend("two")]) as client:
        client.open(A, function("one") + "\n\n" + function("two"))
        client.save(A)
        await client.reviewed()
        assert lines_of(client.notes(A)) == [7]
        assert any("broken" in params["message"] for params in client.of("postil/status"))


async def test_nonsense_is_answered(play: Play) -> None:
    async with play([]) as client:
        assert "error" in await client.command("postil.dance")
        assert "error" in await client.command("postil.review")
        assert "error" in await client.command("postil.reviewRange", A, {"start": 3})
        assert "error" in await client.call("textDocument/dance", {})
        # The answer says it; a pop-up that calls it a failure of ours would say it twice.
        assert client.of("window/showMessage") == []
        await client.command("postil.review", "file:///never/opened.py")
        assert "not open" in client.of("window/showMessage")[-1]["message"]
        client.save("file:///never/opened.py")
        client.shut("file:///never/opened.py")
        client.open(A, function("add"))
        past = {"start": {"line": 99, "character": 99}, "end": {"line": 10**6, "character": 0}}
        assert (await client.command("postil.reviewRange", A, past)).get("result", 0) is None
        answer = await client.call(
            "textDocument/codeAction", {"textDocument": {"uri": A}, "range": past, "context": {"diagnostics": []}}
        )
        assert answer["result"] == []
        client.change(A, (99, 99, 10**6, 0, "x = 1\n"))
        assert await client.actions(A, []) == []
        assert await client.stop() == 0


async def test_an_answer_with_an_error_is_one_line_of_the_log_and_nothing_on_the_screen(play: Play) -> None:
    async with play([]) as client:
        for name, arguments in (
            ("postil.dismiss", (A, "none", "line")),
            ("postil.dismiss", ()),
            ("postil.nothing", ()),
        ):
            assert "error" in await client.command(name, *arguments)
        assert "error" in await client.call("textDocument/nothing", {})
        await client.synced()
        assert client.of("window/showMessage") == []
        said = client.stderr.decode("utf-8").splitlines()
        answered = [line.partition(": ")[2] for line in said if "answered with an error" in line]
        assert answered[0] == f"answered with an error: {GONE}" and len(answered) == 3
        assert not [line for line in said if "Traceback" in line or " ERROR " in line], client.log()


def test_a_bug_is_told_once_with_its_traceback_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server = make_server()
    told: list[str] = []
    monkeypatch.setattr(server, "window_show_message", lambda params: told.append(params.message))
    for error in (ValueError("a bug"), ValueError("a bug"), JsonRpcInternalError("another")):
        server.report_server_error(error, None)
    assert [message.partition(". Its log")[0] for message in told] == [
        "Postil failed: ValueError: a bug",
        "Postil failed: JsonRpcInternalError: another",
    ]
    # What other tests have left behind may be told meanwhile.
    ours = [record for record in caplog.records if record.name.startswith("postil")]
    assert [record.levelname for record in ours] == ["ERROR"] * 3, caplog.text
    assert all(record.exc_info for record in ours)


async def test_a_client_that_can_nothing(play: Play) -> None:
    async with play([mend("add")], capabilities={}) as client:
        client.open(A, function("add"))
        client.save(A)
        await client.until(lambda: client.notes(A) and "Opinion" in client.notes(A)[0]["message"], "the note")
        await client.until(lambda: client.statuses()[-1] == "ready", "the end")
        assert "data" not in client.notes(A)[0] and "version" not in client.publishes(A)[-1]
        told = {heard.method for heard in client.heard}
        assert not told & {"$/progress", "window/workDoneProgress/create", "workspace/configuration"}


async def test_the_end_of_input_ends_the_process(play: Play, tmp_path: Path, journal: Journal) -> None:
    async with play([mend("add", hold=str(tmp_path / "never"))]) as client:
        client.open(A, function("add"))
        client.save(A)
        await client.until(lambda: ("started", "chat", "add") in journal(), "the review")
        assert client.process.stdin is not None
        client.process.stdin.close()
        await asyncio.wait_for(client.process.wait(), 10)
        assert "Traceback" not in client.stderr.decode()


async def test_shutdown_stops_the_model(play: Play, tmp_path: Path, journal: Journal) -> None:
    async with play([mend("add", hold=str(tmp_path / "never"))]) as client:
        client.open(A, function("add"))
        client.save(A)
        await client.until(lambda: ("started", "chat", "add") in journal(), "the review")
        assert await client.stop() == 0
        assert stopped(journal(), "chat", "add")


async def test_the_loop_answers_while_a_long_file_is_planned(play: Play) -> None:
    text = "\n\n".join(function(f"f{number}") for number in range(834))
    async with play([], options={"review": {"max_units": 1}}) as client:
        client.open(A, text)
        client.save(A)
        loop = asyncio.get_running_loop()
        slowest = 0.0
        while not client.progress("end"):
            before = loop.time()
            await client.synced()
            slowest = max(slowest, loop.time() - before)
        # Splitting it takes longer than this in one piece; the interpreter's lock is shared every 5 ms.
        assert slowest < 1.0, f"an answer took {slowest:.2f} s"


INITIALIZED = """
import json, sys
from postil import lazy
lazy.install()
from lsprotocol import types
from postil.cli import serve
from postil.lsp.app import make_server
from postil.lsp.features import lifecycle
server = make_server()
lifecycle.initialize(server, types.InitializeParams(types.ClientCapabilities()))
"""
WAITING = """
import asyncio
from dataclasses import replace
async def wait():
    session = server.open_session()
    session.start(replace(server.client_config, section={'jobs': '2'}), client_watches=False)
    await session.reloader.watch(client_watches=False)
    await session.aclose()
asyncio.run(wait())
"""
IMPORTED = """
ready = {name for name in sys.modules if name not in lazy.waiting()}
print(json.dumps(sorted({name for name in ready if "." not in name})))
"""


@pytest.mark.parametrize(("code", "used"), [(INITIALIZED, set()), (INITIALIZED + WAITING, {"msgspec", "watchdog"})])
def test_a_server_that_waits_has_imported_nothing_heavy(tmp_path: Path, code: str, used: set[str]) -> None:
    """All of these hold up the answer to `initialize`; those that aren't used by then take megabytes, pydantic nine."""
    environment = {**os.environ, "PYTHONPATH": str(SERVER), "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    command = [sys.executable, "-c", code + IMPORTED]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert loaded >= {"pygls", *used}, "the control"
    heavy = {"msgspec", "watchdog", "pydantic", "httpx", "tree_sitter", "ollama", "rich", "typer", "numpy", "mcp"}
    assert loaded & (heavy | {"xllamacpp", "rapidfuzz", "sqlite3"}) == used


@pytest.mark.parametrize("arguments", [["--stdio", "--loud"], ["--tcp"], ["--tcp", "here"]])
def test_wrong_usage(arguments: list[str]) -> None:
    environment = {**os.environ, "PYTHONPATH": str(SERVER)}
    command = [sys.executable, "-m", "postil", "serve", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert "usage: postil serve" in done.stderr


async def test_user_settings_of_the_machine_are_not_read(tmp_path: Path) -> None:
    """The client's own control: a server without a script starts and ends by itself."""
    async with serving(tmp_path) as client:
        assert await client.stop() == 0
