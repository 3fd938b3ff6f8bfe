"""When the engine is free again after a completion that nobody waits for any more."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.lsp.test_ways import Desk, sitting, until

from postil.core.completion.context import NO_CONTEXT, Context
from postil.core.completion.cursor import Cursor
from postil.engine.scripted import Chunk, Rule, ScriptedEngine
from postil.service.completion import completer
from postil.service.completion.nearby import Nearby

ROW = {"line": 5, "character": 0}


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def engine(tmp_path: Path, journal: Path, monkeypatch: pytest.MonkeyPatch) -> ScriptedEngine:
    # Without an end: what ends a generation here isn't that it was lingering.
    monkeypatch.setattr(completer, "LINGER", 3600.0)
    # What a client sends at once is here at once.
    monkeypatch.setattr(completer, "SETTLED", 0.0)
    return ScriptedEngine([Rule("", "infill", (Chunk("total"), Chunk(" = 1\n")), hold=tmp_path / "gate")], journal)


async def ask(desk: Desk, number: int, journal: Path) -> None:
    params = {"textDocument": {"uri": desk.uri}, "position": ROW, "context": {"triggerKind": 2}}
    desk._take({"id": number, "method": "textDocument/inlineCompletion", "params": params})
    await until(lambda: "started" in said(journal))


def cancel(desk: Desk, number: int) -> None:
    desk.notify("$/cancelRequest", {"id": number})


def said(journal: Path) -> str:
    return journal.read_text(encoding="utf-8") if journal.exists() else ""


def typed(desk: Desk, text: str) -> None:
    change = {"range": {"start": ROW, "end": ROW}, "text": text}
    params: Any = {"textDocument": {"uri": desk.uri, "version": 3}, "contentChanges": [change]}
    desk.notify("textDocument/didChange", params)


async def test_a_cancel_with_nothing_behind_it_frees_the_engine(
    tmp_path: Path, engine: ScriptedEngine, journal: Path
) -> None:
    async with sitting(tmp_path, engine) as desk:
        await ask(desk, 6, journal)
        cancel(desk, 6)
        await until(lambda: "cancelled" in said(journal) or "closed" in said(journal))


@pytest.mark.parametrize("first", ["cancel", "change"])
async def test_a_cancel_beside_a_change_waits_for_the_next_request(
    tmp_path: Path, engine: ScriptedEngine, journal: Path, first: str
) -> None:
    async with sitting(tmp_path, engine) as desk:
        await ask(desk, 6, journal)
        if first == "cancel":
            cancel(desk, 6)
        typed(desk, "t")
        if first == "change":
            cancel(desk, 6)
        await until(lambda: 6 in desk.answers)
        for _ in range(9):
            # Time for what a cancel begins.
            await asyncio.sleep(0)
        params: Any = {"textDocument": {"uri": desk.uri}, "position": {"line": 5, "character": 1}}
        desk._take(
            {"id": 7, "method": "textDocument/inlineCompletion", "params": {**params, "context": {"triggerKind": 2}}}
        )
        (tmp_path / "gate").touch()
        await until(lambda: 7 in desk.answers)
        assert desk.answers[7]["result"]["items"][0]["insertText"] == "otal = 1"
        assert said(journal).count("started") == 1 and "cancelled" not in said(journal)


async def test_a_request_that_is_overtaken_while_it_looks_for_pieces_asks_no_model(
    tmp_path: Path, engine: ScriptedEngine, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates = [asyncio.Event(), asyncio.Event()]
    gates[1].set()
    asked: list[str] = []

    async def slow(_: Nearby, at: Cursor, *given: object) -> Context:
        asked.append(at.before)
        await gates[len(asked) - 1].wait()
        return NO_CONTEXT

    monkeypatch.setattr(Nearby, "of", slow)
    (tmp_path / "gate").touch()
    async with sitting(tmp_path, engine) as desk:
        params: Any = {"textDocument": {"uri": desk.uri}, "context": {"triggerKind": 2}}
        for number, typing in ((6, ""), (7, "x")):
            if typing:
                typed(desk, typing)
            position = {"line": 5, "character": len(typing)}
            desk._take(
                {"id": number, "method": "textDocument/inlineCompletion", "params": {**params, "position": position}}
            )
            await until(lambda number=number: len(asked) == number - 5)
        await until(lambda: 7 in desk.answers)
        gates[0].set()
        await until(lambda: 6 in desk.answers)
        assert desk.answers[6]["result"] is None
        assert said(journal).count("started") == 1
