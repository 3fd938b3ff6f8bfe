"""`postil.showPrompt`: the page with what a model was shown, for a note, a place, or the latest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.lsp.client import Client
from tests.lsp.conftest import Play
from tests.lsp.test_inline_completion import A as SHOP
from tests.lsp.test_inline_completion import ask, texts, writes
from tests.lsp.test_review import A, B, function, mend


async def page(client: Client, *arguments: Any) -> str:
    answer = await client.command("postil.showPrompt", *arguments)
    return str(answer["result"])


def at(line: int) -> dict[str, int]:
    return {"line": line, "character": 0}


def titles(told: str) -> list[str]:
    return [line for line in told.splitlines() if line.startswith("## ")]


async def reviewed(client: Client, uri: str, text: str) -> None:
    before = len(client.of("postil/reviewed"))
    client.open(uri, text)
    client.save(uri)
    await client.until(lambda: len(client.of("postil/reviewed")) > before, "a review")


async def test_before_a_model_was_asked_a_sentence_says_so(play: Play) -> None:
    async with play([]) as client:
        client.open(A, function("add"))
        for arguments in ((), (None,), (A,), (A, at(0)), (A, "no note")):
            told = await page(client, *arguments)
            assert told.startswith("# What the model was shown\n") and "No model has been asked yet" in told


async def test_a_review_is_shown_with_what_it_sent_and_was_answered(play: Play) -> None:
    async with play([mend("add")]) as client:
        await reviewed(client, A, "import os\n\n\n" + function("add"))
        (note,) = client.notes(A)
        told = await page(client, A, note["data"]["id"])
    assert titles(told)[0] == "## 1. Review: add"
    assert "qwen2.5-coder:1.5b, a script" in told and "persona reviewer" in told
    assert f"[a.py:4](<{A}#L4>)" in told
    assert "num_ctx 8192" in told and "temperature 0.0" in told
    assert function("add") in told, "the code as it was sent"
    assert "    total = first + second\n" in told, "the answer as it came"
    assert "| **All that was sent** | the engine gave no count |" in told and "≈" in told


async def test_where_a_note_is_its_review_comes_before_what_was_asked_later(play: Play) -> None:
    async with play([mend("add")], options={"review": {"min_score": 0, "reason": True}}) as client:
        await reviewed(client, A, function("add"))
        (note,) = client.notes(A)
        for place in (note["data"]["id"], note["range"]["start"]):
            assert titles(await page(client, A, place))[:2] == [
                "## 1. Review: add",
                "## 2. Sentence about a note: add",
            ]
        assert titles(await page(client, A, at(0)))[0] == "## 1. Sentence about a note: add", "the newest first"


async def test_of_several_units_a_place_has_its_own_first(play: Play) -> None:
    text = function("add") + "\n\n" + function("sub")
    async with play([mend("add"), mend("sub")]) as client:
        await reviewed(client, A, text)
        for line, name in ((1, "add"), (8, "sub")):
            told = await page(client, A, at(line))
            assert titles(told)[0].endswith(f": {name}")
        # An edit of another unit changes nothing.
        client.change(A, (0, 0, 0, 0, "# above\n"))
        assert titles(await page(client, A, at(9)))[0].endswith(": sub")
        newest = await page(client)
        assert len(titles(newest)) >= 2 and "| | When |" in newest


async def test_where_none_is_about_the_place_the_latest_are_shown_and_it_is_said(play: Play) -> None:
    async with play([mend("add")]) as client:
        await reviewed(client, A, function("add"))
        client.open(B, "x = 1\n")
        told = await page(client, B, at(0))
        assert "No request that is still kept is about this place" in told and ": add" in titles(told)[0]
        assert "is about this place" not in await page(client, A, at(0))
        # A document that isn't open has no units, but a path.
        client.shut(A)
        assert "is about this place" not in await page(client, A)


async def test_ghost_text_is_shown_with_both_sides_of_the_cursor(play: Play) -> None:
    async with play([writes("sum(prices)\n")]) as client:
        client.open(SHOP, "def cost(prices):\n    total = \n    return total\n")
        assert texts(await ask(client, 1, 12)) == ["sum(prices)"]
        told = await page(client, SHOP, at(1))
    assert titles(told)[0] == "## 1. Ghost text"
    assert f"[shop.py:2](<{SHOP}#L2>)" in told and "persona completer" in told
    assert "```text\ndef cost(prices):\n    total = \n```" in told
    assert "| After the cursor |" in told and "sum(prices)" in told
    assert "closed by Postil, which had read enough" in told


async def test_backticks_in_code_do_not_end_its_block(play: Play) -> None:
    text = 'def add(first, second):\n    """\n    ````\n    # Heading\n    """\n    return first - second\n'
    async with play([mend("add")]) as client:
        await reviewed(client, A, text)
        told = await page(client)
    # The request's own fence is longer than that in the code, and the page's is longer than both.
    assert "``````text\n" in told and titles(told)[0] == "## 1. Review: add"


async def test_a_failure_is_shown_although_its_engine_was_given_up(play: Play) -> None:
    async with play([{"match": {"contains": "def add("}, "error": "unavailable"}]) as client:
        client.open(A, function("add"))
        client.save(A)
        await client.until(lambda: "error" in client.statuses(), "the failure")
        told = await page(client, A, at(0))
    assert "failed: The script says unavailable" in told and function("add") in told


async def test_requests_of_all_folders_are_listed(play: Play, tmp_path: Path) -> None:
    folders = tmp_path / "a", tmp_path / "b"
    for folder in folders:
        folder.mkdir()
    async with play([], folders=folders) as client:
        for folder, name in zip(folders, ("add", "sub"), strict=True):
            await reviewed(client, (folder / "one.py").as_uri(), function(name))
        told = await page(client)
    assert {f"[one.py:1](<{(folder / 'one.py').as_uri()}#L1>)" in told for folder in folders} == {True}


@pytest.mark.parametrize("arguments", [(1,), (A, 5), (A, {"line": "x"}), (A, ["a"])])
async def test_wrong_arguments_are_refused(play: Play, arguments: tuple[Any, ...]) -> None:
    async with play([]) as client:
        client.open(A, "x = 1\n")
        answer = await client.command("postil.showPrompt", *arguments)
        assert answer["error"]["code"] == -32602
