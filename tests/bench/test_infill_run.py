"""The runner of the infill evaluation, against the real server with an engine that plays a script."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from bench.eval.client import Client
from bench.infill.__main__ import Filled, Result, Store, arguments, as_json, controls, ours, raw, table
from bench.infill.holes import Hole, holes

from postil.engine.scripted import Rule, ScriptedEngine

MODEL = "qwen2.5-coder:0.5b"
# The cursor stands behind a letter of two UTF-16 units, and before a bracket.
HOLE = Hole(
    "emoji.py", 0, "tune", "span", 'def f(a, b):\n    return ("\U0001d538", ', "a + b", ")\n\n\nprint(f(1, 2))\n"
)


@asynccontextmanager
async def server(folder: Path, *chunks: str) -> AsyncIterator[Client]:
    script = folder / "script.json"
    script.write_text(json.dumps([{"kind": "infill", "chunks": [{"text": text} for text in chunks]}]), encoding="utf-8")
    client = await Client.start(folder, {"model": {"completion": MODEL}}, "--engine-script", str(script))
    try:
        yield client
    finally:
        await client.stop()


async def test_an_answer_is_put_in_where_the_server_says(tmp_path: Path) -> None:
    async with server(tmp_path, "a + ", "b)\n") as client:
        filled = await ours(client, tmp_path, HOLE)
    assert filled.text == HOLE.before + HOLE.wanted + HOLE.after
    assert filled.seconds > 0 and filled.tokens is not None


async def test_no_answer_leaves_the_hole_empty(tmp_path: Path) -> None:
    async with server(tmp_path, "\n") as client:
        filled = await ours(client, tmp_path, HOLE)
    assert filled.text == HOLE.before + HOLE.after
    assert filled.inserted == ""


async def test_the_raw_model_is_not_cut() -> None:
    engine = ScriptedEngine([Rule.parse({"kind": "infill", "chunks": [{"text": "a + "}, {"text": "b)\n\n\nmore"}]})])
    for order in ("psm", "spm"):
        filled = await raw(engine, MODEL, HOLE, order)
        assert filled.text == HOLE.before + "a + b)\n\n\nmore" + HOLE.after


def test_results_are_remembered_by_all_that_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.infill.__main__.cache_dir", lambda: tmp_path)
    store = Store(MODEL, "psm")
    filled = Filled("text", "in", 1.5, 7)
    store.put("raw", HOLE, filled)
    assert Store(MODEL, "psm").get("raw", HOLE) == filled
    for other in (Store("another", "psm"), Store(MODEL, "spm"), Store(MODEL, "psm", "ollama")):
        assert other.get("raw", HOLE) is None
    # What was stored before tokens were counted is still good.
    store.path("ours", HOLE).write_text('{"text": "t", "inserted": "i", "seconds": 1}', encoding="utf-8")
    assert store.get("ours", HOLE) == Filled("t", "i", 1, None)


def test_the_table_counts_what_was_won_and_lost() -> None:
    def one(ours_passes: bool, raw_passes: bool, tokens: int | None) -> Result:
        return Result(HOLE, Filled("", "", 1, tokens), Filled("", "", 2), ours_passes, raw_passes, True)

    found = [one(True, True, 4), one(True, False, 6), one(True, False, None), one(False, True, 20)]
    shown = table(found, arguments([]))
    assert [next(iter(column.cells)) for column in shown.columns] == [
        "span", "4", "0.75", "0.50", "2", "1", "1.0", "2.0", "6", "–",
    ]  # fmt: skip
    assert as_json(found[0])["oursTokens"] == 4


def test_the_controls_are_run() -> None:
    assert controls(holes()[:2]) == (0, 1)


def test_an_order_that_the_engine_would_undo_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments(["--engine", "ollama", "--raw-order", "spm"])
    assert "embedded" in capsys.readouterr().err
