"""Ghost text: what is answered, what it costs, and what happens when the user types on."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.lsp.client import CAPABILITIES, Client
from tests.lsp.conftest import Play, stopped
from tests.lsp.test_review import function

Journal = Callable[[], list[tuple[str, str, str]]]
A = "file:///work/shop.py"


def writes(text: str, contains: str = "", **more: Any) -> dict[str, Any]:
    """The model fills in this text, a character at a time."""
    chunks = [{"text": char} for char in text]
    return {"kind": "infill", "match": {"contains": contains}, "chunks": chunks, **more}


async def ask(client: Client, line: int, character: int, kind: int = 2, **context: Any) -> dict[str, Any]:
    """The whole response; kind 1 = asked for by key, 2 = while typing."""
    return await client.call(
        "textDocument/inlineCompletion",
        {
            "textDocument": {"uri": A},
            "position": {"line": line, "character": character},
            "context": {"triggerKind": kind, **context},
        },
    )


def texts(answer: dict[str, Any]) -> list[str]:
    return [item["insertText"] for item in (answer["result"] or {"items": []})["items"]]


def started(journal: Journal) -> int:
    return sum(step[:2] == ("started", "infill") for step in journal())


def why(client: Client) -> str:
    return client.of("postil/status")[-1]["completion"]


async def test_an_answer_says_what_where_and_whom_to_tell(play: Play, journal: Journal) -> None:
    async with play([writes("sum(prices)\n    return total\n")]) as client:
        client.open(A, "def cost(prices):\n    total = \n")
        (item,) = (await ask(client, 1, 12))["result"]["items"]
        assert item["insertText"] == "sum(prices)"
        assert item["range"] == {"start": {"line": 1, "character": 12}, "end": {"line": 1, "character": 12}}
        assert item["command"]["command"] == "postil.completionAccepted"
        assert why(client) == ""
        assert ("closed", "infill") in [step[:2] for step in journal()], "the stream ends with the statement"


async def test_typing_along_deleting_and_typing_again_cost_no_generation(play: Play, journal: Journal) -> None:
    async with play([writes("sum(prices)\n")]) as client:
        client.open(A, "total = ")
        assert texts(await ask(client, 0, 8)) == ["sum(prices)"]
        client.change(A, (0, 8, 0, 8, "su"))
        assert texts(await ask(client, 0, 10)) == ["m(prices)"]
        client.change(A, (0, 9, 0, 10, ""))
        assert texts(await ask(client, 0, 9)) == ["um(prices)"]
        client.change(A, (0, 9, 0, 9, "um()"))
        answer = await ask(client, 0, 12)
        assert texts(answer) == ["prices)"]
        assert answer["result"]["items"][0]["range"]["end"] == {"line": 0, "character": 13}, "the closed bracket"
        client.change(A, (0, 12, 0, 13, "prices)"))
        assert texts(await ask(client, 0, 19)) == []
        assert started(journal) == 1


async def test_a_newer_request_ends_the_older_and_stops_the_model(play: Play, tmp_path: Path, journal: Journal) -> None:
    held = writes("a\n", "first", hold=str(tmp_path / "never"))
    async with play([held, writes("b\n", "second")]) as client:
        client.open(A, "first = \nsecond\n")
        old = asyncio.create_task(ask(client, 0, 8))
        await client.until(lambda: started(journal) == 1, "the model to start")
        client.change(A, "second = \n")
        new = asyncio.create_task(ask(client, 0, 9))
        assert texts(await old) == []
        assert texts(await new) == ["b"]
        assert stopped(journal()[1:2], "infill")


async def test_a_cancelled_request_stops_the_model(play: Play, tmp_path: Path, journal: Journal) -> None:
    async with play([writes("abc", hold=str(tmp_path / "never"))]) as client:
        client.open(A, "first = ")
        asking = asyncio.create_task(ask(client, 0, 8))
        await client.until(lambda: started(journal) == 1, "the model to start")
        client.notify("$/cancelRequest", {"id": client._id})
        assert (await asking)["error"]["code"] == -32800
        await client.until(lambda: stopped(journal(), "infill"), "the model to stop")


async def test_keys_that_agree_share_a_running_generation(play: Play, tmp_path: Path, journal: Journal) -> None:
    gate = tmp_path / "gate"
    async with play([writes("sum(prices)\n", hold=str(gate))]) as client:
        client.open(A, "total = ")
        old = asyncio.create_task(ask(client, 0, 8))
        await client.until(lambda: started(journal) == 1, "the model to start")
        client.change(A, (0, 8, 0, 8, "su"))
        new = asyncio.create_task(ask(client, 0, 10))
        assert texts(await old) == []
        gate.touch()
        assert texts(await new) == ["m(prices)"]
        assert started(journal) == 1


async def test_a_burst_of_keys_reaches_the_model_at_most_twice(play: Play, journal: Journal) -> None:
    async with play([writes("xyz\n", after_ms=300)]) as client:
        client.open(A, "")
        asked = []
        for column, char in enumerate("a_name_that_is_typed"):
            client.change(A, (0, column, 0, column, char))
            asked.append(asyncio.create_task(ask(client, 0, column + 1)))
        answers = await asyncio.gather(*asked)
        assert [texts(answer) for answer in answers] == [[]] * 19 + [["xyz"]]
        assert started(journal) <= 2


@pytest.mark.parametrize(
    ("text", "column"), [("total", 3), ("x = price of everything(a)", 4), ("", 0)], ids=["word", "line", "nothing"]
)
async def test_where_nothing_is_wanted_the_model_is_not_asked(
    play: Play, journal: Journal, text: str, column: int
) -> None:
    async with play([writes("abc")]) as client:
        client.open(A, text)
        if not text:
            client.shut(A)
        assert (await ask(client, 0, column))["result"] is None
        assert started(journal) == 0


async def test_a_switched_off_completion_is_silent(play: Play, journal: Journal) -> None:
    async with play([writes("abc")], options={"completion": {"enabled": False}}) as client:
        client.open(A, "x = ")
        assert (await ask(client, 0, 4))["result"] is None
        assert started(journal) == 0


async def test_by_key_there_are_several(play: Play) -> None:
    rules = [writes("one\n", times=1), writes("two\n", times=1), writes("one\n")]
    async with play(rules) as client:
        client.open(A, "x = ")
        assert texts(await ask(client, 0, 4, kind=1)) == ["one", "two"]
        assert texts(await ask(client, 0, 4)) == ["one"]


async def test_what_is_shown_already_can_be_cycled_from(play: Play, journal: Journal) -> None:
    """Asked for by key where a suggestion stood, only that one came: there was nothing to go on to."""
    rules = [
        writes("one\n", "x = ", times=1),
        writes("two\n", "x = ", times=1),
        writes("otto\n", "x = o"),
        writes("two\n"),
    ]
    async with play(rules) as client:
        client.open(A, "x = ")
        assert texts(await ask(client, 0, 4)) == ["one"]
        assert texts(await ask(client, 0, 4, kind=1)) == ["one", "two"]
        count = started(journal)
        assert texts(await ask(client, 0, 4, kind=1)) == ["one", "two"]
        assert started(journal) == count, "each step through them asks again"
        # Typed along, the one that stands there stays the first.
        client.change(A, (0, 4, 0, 4, "o"))
        assert texts(await ask(client, 0, 5)) == ["ne"]
        assert texts(await ask(client, 0, 5, kind=1)) == ["ne", "otto"]
        assert texts(await ask(client, 0, 5, kind=1)) == ["ne", "otto"]


@pytest.mark.parametrize("kind", [1, 2])
async def test_a_model_that_wants_another_line_is_asked_once(play: Play, journal: Journal, kind: int) -> None:
    async with play([writes("\n    return 1\n")]) as client:
        client.open(A, "def f():\n    \n")
        assert texts(await ask(client, 1, 4, kind=kind)) == []
        assert started(journal) == (1 if kind == 2 else 3), "by key as many as are wanted"


async def test_what_is_selected_in_the_menu_counts_as_typed(play: Play) -> None:
    async with play([writes("_prices)\n", "print(total")]) as client:
        client.open(A, "print(to")
        selected = {
            "range": {"start": {"line": 0, "character": 6}, "end": {"line": 0, "character": 8}},
            "text": "total",
        }
        (item,) = (await ask(client, 0, 8, selectedCompletionInfo=selected))["result"]["items"]
        assert item["insertText"] == "total_prices)"
        assert item["range"] == selected["range"]


async def test_positions_are_utf_16_and_lines_end_as_the_documents_do(play: Play) -> None:
    async with play([writes("f(\n    1,\n)\n")]) as client:
        client.open(A, "# 𝒳\r\n名 = '𝒳' + \r\ny = 2\r\n")
        (item,) = (await ask(client, 1, 11))["result"]["items"]
        assert item["insertText"] == "f(\r\n    1,\r\n)"
        assert item["range"]["start"] == {"line": 1, "character": 11}


async def test_a_late_answer_says_so_and_is_there_for_the_next_key(
    play: Play, tmp_path: Path, journal: Journal
) -> None:
    gate = tmp_path / "gate"
    async with play([writes("one\n", hold=str(gate))], options={"completion": {"timeout": 0.3}}) as client:
        client.open(A, "x = ")
        assert (await ask(client, 0, 4))["result"] is None
        assert "is still loading or reading" in why(client)
        gate.touch()
        await client.until(lambda: ("closed", "infill") in [step[:2] for step in journal()], "the model's end")
        assert texts(await ask(client, 0, 4)) == ["one"]
        assert why(client) == "" and started(journal) == 1


async def test_an_engines_refusal_is_said_and_does_not_last(play: Play) -> None:
    rules = [writes("", error="refused", times=1), writes("one\n")]
    async with play(rules) as client:
        client.open(A, "x = ")
        assert (await ask(client, 0, 4))["result"] is None
        assert "The script says refused" in why(client)
        assert texts(await ask(client, 0, 4)) == ["one"]
        assert why(client) == ""


async def test_an_unknown_persona_is_said(play: Play) -> None:
    async with play([], options={"completion": {"persona": "nobody"}}) as client:
        client.open(A, "x = ")
        assert (await ask(client, 0, 4))["result"] is None
        assert "'nobody' (completion.persona)" in why(client)


async def test_text_that_does_not_fit_is_said(play: Play) -> None:
    options = {"num_ctx": 512, "completion": {"prefix_chars": 200_000}}
    async with play([writes("one")], options=options) as client:
        client.open(A, "# a long line\n" * 300 + "x = ")
        assert (await ask(client, 300, 4))["result"] is None
        assert "doesn't fit into num_ctx (512 tokens)" in why(client)


async def test_after_an_accept_the_next_line_is_there_already(play: Play, journal: Journal) -> None:
    rules = [writes("    return total\n", "total = sum(prices)\n"), writes("sum(prices)\n")]
    async with play(rules) as client:
        client.open(A, "def cost(prices):\n    total = ")
        (item,) = (await ask(client, 1, 12))["result"]["items"]
        client.notify("postil/didShow", {"id": item["command"]["arguments"][0]})
        client.notify("postil/didPartiallyAccept", {"item": item, "info": {"acceptedLength": 3}})
        client.change(A, (1, 12, 1, 12, "sum(prices)"))
        await client.command(item["command"]["command"], *item["command"]["arguments"])
        await client.until(lambda: started(journal) == 2, "the next line to be guessed")
        assert texts(await ask(client, 1, 23)) == [], "nothing more on this line"
        client.change(A, (1, 23, 1, 23, "\n    "))
        assert texts(await ask(client, 2, 4)) == ["return total"]
        assert started(journal) == 2
        counts = (await client.command("postil.completionCounts"))["result"]
        told = {key: counts[key] for key in ("shown", "accepted", "partiallyAccepted", "generations")}
        assert told == {"shown": 1, "accepted": 1, "partiallyAccepted": 1, "generations": 2}


async def test_the_next_line_is_guessed_though_the_editor_asks_in_the_same_moment(play: Play, journal: Journal) -> None:
    """Editors ask for more behind what was just inserted, before the guess has looked for pieces of other files."""
    rules = [writes("    return total\n", "total = sum(prices)\n"), writes("sum(prices)\n")]
    async with play(rules) as client:
        client.open(A, "def cost(prices):\n    total = ")
        (item,) = (await ask(client, 1, 12))["result"]["items"]
        client.change(A, (1, 12, 1, 12, "sum(prices)"))
        accept = client.command(item["command"]["command"], *item["command"]["arguments"])
        _, more = await asyncio.gather(accept, ask(client, 1, 23))
        assert texts(more) == []
        await client.until(lambda: started(journal) == 2, "the next line to be guessed")


async def test_reviews_yield_to_completions(play: Play, tmp_path: Path, journal: Journal) -> None:
    gate = tmp_path / "gate"
    review = {"match": {"contains": "def add("}, "echo": True, "hold": str(gate)}
    async with play([review, writes("one\n", "x = ")]) as client:
        client.open(A, function("add") + "\n\nx = ")
        client.save(A)
        await client.until(lambda: ("started", "chat", "add") in journal(), "the review to start")
        line = (function("add") + "\n\nx = ").count("\n")
        gate.touch()
        answer = asyncio.create_task(ask(client, line, 4))
        assert texts(await answer) == ["one"]
        await client.reviewed()
        steps = [step[:2] for step in journal()]
        assert steps.index(("started", "infill")) > steps.index(("started", "chat"))
        assert client.notes(A) == []


async def test_the_menu_has_it_for_editors_without_inline_completion(play: Play, journal: Journal) -> None:
    async with play([writes("rices)\n", "total = sum(p")]) as client:
        client.open(A, "total = sum(p)\n")
        params = {
            "textDocument": {"uri": A},
            "position": {"line": 0, "character": 13},
            "context": {"triggerKind": 1},
        }
        answer = (await client.call("textDocument/completion", params))["result"]
        assert answer["isIncomplete"] is True
        (item,) = answer["items"]
        assert (item["label"], item["filterText"]) == ("prices)", "prices)")
        assert item["textEdit"] == {
            "newText": "prices)",
            "range": {"start": {"line": 0, "character": 12}, "end": {"line": 0, "character": 14}},
        }
        assert started(journal) == 1


async def test_the_menu_is_left_alone_where_there_is_ghost_text(play: Play, journal: Journal) -> None:
    abilities = copy.deepcopy(CAPABILITIES)
    abilities["textDocument"]["inlineCompletion"] = {"dynamicRegistration": False}
    async with play([writes("abc")], capabilities=abilities) as client:
        client.open(A, "x = ")
        params = {"textDocument": {"uri": A}, "position": {"line": 0, "character": 4}}
        assert (await client.call("textDocument/completion", params))["result"]["items"] == []
        assert started(journal) == 0


async def test_a_secrets_file_is_never_sent(play: Play, tmp_path: Path, journal: Journal) -> None:
    file = tmp_path / ".env"
    file.write_text("KEY=", encoding="utf-8")
    async with play([writes("abc")]) as client:
        client.open(file.as_uri(), "KEY=", "plaintext")
        params = {
            "textDocument": {"uri": file.as_uri()},
            "position": {"line": 0, "character": 4},
            "context": {"triggerKind": 1},
        }
        assert (await client.call("textDocument/inlineCompletion", params))["result"] is None
        assert started(journal) == 0
