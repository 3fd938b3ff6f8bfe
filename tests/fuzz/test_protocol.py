"""What no client should send, to a real server: an answer to every request, exactly one, and the next one works."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.fuzz.counting import Counted, framed
from tests.lsp.test_review import A, function, lines_of, mend

from postil.lsp.rpc.framing import MOST_BODY

PARSE, INVALID, UNKNOWN, PARAMS, EARLY, CANCELLED = -32700, -32600, -32601, -32602, -32002, -32800
HOVER = {"textDocument": {"uri": A}, "position": {"line": 0, "character": 0}}


def whole(**message: Any) -> bytes:
    return framed(json.dumps({"jsonrpc": "2.0", **message}))


# Bytes, and the code of the error without an id that they are answered with (None: nothing is said).
MALFORMED: dict[str, tuple[bytes, int | None]] = {
    "no JSON": (framed("{nonsense"), PARSE),
    "an empty body": (framed("  "), PARSE),
    "half a character": (framed(b'{"jsonrpc": "2.0", "method": "\xf0\x9f"}'), PARSE),
    "JSON that is too deep": (framed("[" * 100_000), PARSE),
    "a number of 10,000 digits": (framed("1" * 10_000), PARSE),
    "a batch": (framed(json.dumps([{"jsonrpc": "2.0", "id": 1, "method": "shutdown"}])), INVALID),
    "an empty batch": (framed("[]"), INVALID),
    "a text": (framed('"shutdown"'), INVALID),
    "null": (framed("null"), INVALID),
    "an object of nothing": (framed("{}"), INVALID),
    "an id of null": (whole(id=None, method="shutdown"), INVALID),
    "an id of a list": (whole(id=[1], method="shutdown"), INVALID),
    "an id of an object": (whole(id={"a": 1}, method="shutdown"), INVALID),
    "an id of true": (whole(id=True, method="shutdown"), INVALID),
    "an id of 1.5": (whole(id=1.5, method="shutdown"), INVALID),
    "a header without Content-Length": (b"Content-Type: x\r\n\r\n", PARSE),
    "a Content-Length of 0": (b"Content-Length: 0\r\n\r\n", PARSE),
    "a negative Content-Length": (b"Content-Length: -5\r\n\r\n", PARSE),
    "a Content-Length in words": (b"Content-Length: five\r\n\r\n", PARSE),
    "a huge Content-Length": (b"Content-Length: 999999999999999999999\r\n\r\n{}", PARSE),
    "a large Content-Length": (b"Content-Length: %d\r\n\r\n{}" % (MOST_BODY + 1), PARSE),
    "JSON without a header": (b'{"jsonrpc": "2.0", "id": 1, "method": "shutdown"}', PARSE),
    "a megabyte of zeros": (b"\0" * 2**20, PARSE),
    "binary lines": (bytes(range(256)) * 50, PARSE),
    "empty lines": (b"\r\n\n\r\n", PARSE),
    "a Content-Length that is too small": (framed('{"jsonrpc": "2.0", "method": "x"}', 5), PARSE),
    "an unknown notification": (whole(method="postil/dance", params={}), None),
    "a notification of the protocol's": (whole(method="$/dance"), None),
    "a notification without its params": (whole(method="textDocument/didSave"), None),
    "a notification with params of a wrong shape": (whole(method="textDocument/didOpen", params=[1]), None),
    "a request as a notification": (whole(method="textDocument/hover", params=HOVER), None),
    "a method that is a number": (whole(method=7), INVALID),
    "an answer to nothing": (whole(id="never asked", result=None), None),
    "an error to nothing": (whole(id=None, error={"code": 1, "message": "no"}), None),
    "a cancel of nothing": (whole(method="$/cancelRequest", params={"id": 10**6}), None),
    "a cancel without an id": (whole(method="$/cancelRequest", params={}), None),
    "a cancel of a list": (whole(method="$/cancelRequest", params={"id": [1]}), None),
    "a change of a document that isn't open": (
        whole(
            method="textDocument/didChange",
            params={"textDocument": {"uri": "file:///no", "version": 1}, "contentChanges": [{"text": ""}]},
        ),
        None,
    ),
    "a close of a document that isn't open": (
        whole(method="textDocument/didClose", params={"textDocument": {"uri": "file:///no"}}),
        None,
    ),
    "a save of a document that isn't open": (
        whole(method="textDocument/didSave", params={"textDocument": {"uri": "file:///no"}}),
        None,
    ),
    "a URI that is none": (
        whole(method="textDocument/didClose", params={"textDocument": {"uri": "file://[x"}}),
        None,
    ),
    "`initialized` again": (whole(method="initialized", params={}), None),
    "an object of ours inside": (
        whole(method="workspace/didChangeConfiguration", params={"settings": {"jsonrpc": "2.0", "id": 4}}),
        None,
    ),
}


async def test_what_cannot_be_read_costs_itself_only(counted: Counted) -> None:
    async with counted([]) as client:
        client.open(A, function("add"))
        for name, (data, code) in MALFORMED.items():
            before = len(client.nameless)
            client.raw(data)
            answer = await client.call("textDocument/hover", HOVER)
            assert "result" in answer, (name, answer)
            said = [error["code"] for error in client.nameless[before:]]
            assert set(said) == ({code} if code is not None else set()), (name, client.nameless[before:])
            assert len(said) <= 2, name
        await client.settled()
        assert not any("failed" in params["message"] for params in client.of("window/showMessage")), client.log()
        assert await client.stop() == 0


async def test_requests_that_are_wrong_get_the_code_that_lsp_names(counted: Counted) -> None:
    cases: list[tuple[dict[str, Any], int]] = [
        ({"jsonrpc": "2.0", "id": "a", "method": "textDocument/dance"}, UNKNOWN),
        ({"jsonrpc": "2.0", "id": "b", "method": "$/dance", "params": {}}, UNKNOWN),
        ({"jsonrpc": "2.0", "id": "c", "method": "textDocument/hover"}, PARAMS),
        ({"jsonrpc": "2.0", "id": "d", "method": "textDocument/hover", "params": [A, 0]}, PARAMS),
        ({"jsonrpc": "2.0", "id": "e", "method": "textDocument/hover", "params": {"textDocument": 5}}, PARAMS),
        ({"jsonrpc": "1.0", "id": "f", "method": "textDocument/hover", "params": HOVER}, INVALID),
        ({"id": "g", "method": "textDocument/hover", "params": HOVER}, INVALID),
        ({"jsonrpc": "2.0", "id": "h", "method": 7}, INVALID),
        ({"jsonrpc": "2.0", "id": "i", "method": "initialize", "params": {"capabilities": {}}}, INVALID),
        ({"jsonrpc": "2.0", "id": "j", "method": "textDocument/didSave", "params": {}}, INVALID),
        ({"jsonrpc": "2.0", "id": "k", "method": "workspace/executeCommand", "params": {"command": "x"}}, PARAMS),
        ({"jsonrpc": "2.0", "id": "l", "method": "workspace/executeCommand", "params": {"command": 1}}, PARAMS),
        ({"jsonrpc": "2.0", "id": "", "method": "textDocument/dance"}, UNKNOWN),
        ({"jsonrpc": "2.0", "id": -5, "method": "textDocument/dance"}, UNKNOWN),
        ({"jsonrpc": "2.0", "id": 2**70, "method": "textDocument/dance"}, UNKNOWN),
        ({"jsonrpc": "2.0", "id": "ö" * 5000, "method": "textDocument/dance"}, UNKNOWN),
    ]
    async with counted([]) as client:
        for message, code in cases:
            answer = await client.asks(message)
            assert answer.get("error", {}).get("code") == code, (message, answer)
        # The right ones work as they did, with a negative id too.
        fine = {"jsonrpc": "2.0", "id": -1, "method": "textDocument/hover", "params": HOVER}
        assert (await client.asks(fine))["result"] is None
        client.open(A, function("add"))
        await client.settled()
        # Editors show an error of a request themselves: no message box beside it.
        assert client.of("window/showMessage") == []


async def test_nothing_counts_before_initialize(counted: Counted) -> None:
    async with counted([], start=False) as client:
        for method in ("textDocument/hover", "shutdown", "workspace/executeCommand", "textDocument/dance"):
            assert (await client.call(method, {}))["error"]["code"] == EARLY
        client.open(A, function("add"))
        client.notify("initialized", {})
        wrong = await client.call("initialize", {"capabilities": 7})
        assert wrong["error"]["code"] == PARAMS and "capabilities" in wrong["error"]["message"]
        await client.start({}, None, None)
        await client.command("postil.review", A)
        assert "not open" in client.of("window/showMessage")[-1]["message"], "what came before doesn't count"
        client.open(A, function("add"))
        again = await client.call("initialize", {"capabilities": {}})
        assert again["error"]["code"] == INVALID
        await client.command("postil.review", A)
        assert len(client.of("window/showMessage")) == 1, "the document is still open"
        await client.settled()
        assert await client.stop() == 0


async def test_after_shutdown_everything_is_refused(counted: Counted) -> None:
    async with counted([]) as client:
        client.open(A, function("add"))
        # The requests come before the shutdown is over.
        calls = [client.call("shutdown", None), client.call("textDocument/hover", HOVER), client.call("shutdown", None)]
        first, *others = await asyncio.gather(*calls)
        assert first["result"] is None
        assert [other["error"]["code"] for other in others] == [INVALID, INVALID]
        client.change(A, (0, 0, 0, 0, "x"))
        assert (await client.call("initialize", {"capabilities": {}}))["error"]["code"] == INVALID
        assert client.miscounted() == {}
        client.notify("exit", None)
        assert await asyncio.wait_for(client.process.wait(), 20) == 0
        assert client.tracebacks() == ""


async def test_a_request_that_runs_is_answered_when_it_is_cancelled_or_the_server_shuts_down(
    counted: Counted, tmp_path: Path
) -> None:
    never, place = str(tmp_path / "never"), {"line": 2, "character": 0}
    rules: list[dict[str, Any]] = [
        {"kind": "infill", "hold": never, "chunks": [{"text": "x"}]},
        {"hold": never, "chunks": [{"text": "It"}]},
    ]
    where = {"textDocument": {"uri": A}, "position": {"line": 0, "character": 4}, "context": {"triggerKind": 1}}
    action = {"command": "postil.action", "arguments": ["explain", A, {"start": place, "end": place}]}

    def said() -> list[str]:
        return [json.loads(line)["event"] for line in (tmp_path / "journal").read_text(encoding="utf-8").splitlines()]

    async with counted(rules) as client:
        client.open(A, "x = \n\n" + function("add"))
        asked = [asyncio.ensure_future(client.call("workspace/executeCommand", action))]
        await asyncio.sleep(0)
        number = client._id
        await client.until(lambda: (tmp_path / "journal").exists(), "the action to start")
        # Not an answer to anything of the server's, although a request of this id runs.
        client.post({"jsonrpc": "2.0", "id": number, "result": None})
        client.post({"jsonrpc": "2.0", "id": number, "error": {"code": 1, "message": "no"}})
        await client.synced()
        client.notify("$/cancelRequest", {"id": number})
        assert (await asked[0])["error"]["code"] == CANCELLED
        await client.until(lambda: len(said()) == 2, "what the command ran to end with it")
        client.notify("$/cancelRequest", {"id": number})  # over already
        # Two more that never end by themselves.
        asked = [asyncio.ensure_future(client.call("workspace/executeCommand", action))]
        asked += [asyncio.ensure_future(client.call("textDocument/inlineCompletion", where))]
        await client.until(lambda: said().count("started") == 3, "both to run")
        shut = await client.call("shutdown", None)
        assert "error" not in shut
        assert [(await one)["error"]["code"] for one in asked] == [CANCELLED, CANCELLED]
        assert client.miscounted() == {}
        assert len(said()) == 6, "all that began has ended"


async def test_a_document_opened_twice_closed_or_set_back_is_what_was_said_last(counted: Counted) -> None:
    async with counted([mend("add"), mend("sub")], options={"review": {"min_score": 0}}) as client:
        client.open(A, function("add"))
        client.save(A)
        await client.reviewed()
        assert lines_of(client.notes(A)) == [1]
        client.open(A, "\n\n" + function("sub"))
        await client.until(lambda: client.notes(A) == [], "the notes of another text to go")
        client._versions[A] = -7
        client.change(A, (0, 0, 1, 0, ""))
        client.save(A)
        await client.reviewed(2)
        assert lines_of(client.notes(A)) == [2]
        client.shut(A)
        client.shut(A)
        client.change(A, (0, 0, 0, 0, "x"))
        await client.until(lambda: client.notes(A) == [], "no notes of a closed document")
        await client.settled()
        assert client.of("window/showMessage") == []


async def test_a_change_that_cannot_be_read_ends_what_is_said_of_the_document(counted: Counted) -> None:
    async with counted([mend("add")], options={"review": {"min_score": 0}}) as client:
        client.open(A, function("add"))
        client.save(A)
        await client.reviewed()
        notes = client.notes(A)
        wrong = {"range": {"start": {"line": -1, "character": 0}, "end": {"line": 0, "character": 0}}, "text": "x"}
        client.notify("textDocument/didChange", {"textDocument": {"uri": A, "version": 2}, "contentChanges": [wrong]})
        await client.until(lambda: client.notes(A) == [], "the notes to go")
        assert await client.actions(A, notes) == [], "nothing is written into a text that isn't known"
        (told,) = client.of("window/showMessage")
        assert "open it again" in told["message"]
        client.open(A, function("add"))
        client.save(A)
        await client.until(lambda: lines_of(client.notes(A)) == [1], "the notes of the file, opened again")


async def test_a_missing_and_a_second_answer_are_noticed(counted: Counted) -> None:
    """The control of the counter."""
    async with counted([]) as client:
        await client.settled()
        client._take({"jsonrpc": "2.0", "id": client._id, "result": None})
        assert list(client.miscounted().values()) == [(1, 2)]
        with pytest.raises(AssertionError):
            await client.settled()
        client.answered.clear()
        client.asked.clear()
        client.asked["never sent"] += 1
        assert client.miscounted() == {"never sent": (1, 0)}
