"""A review with the `list` method: findings as they are written, placed by what they quote."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.service.reviewing import MODEL, Reviewing, calibration, failed, finished, found

from postil.core.review.finding import Finding, Severity, Span
from postil.engine.scripted import Chunk, Rule
from postil.service.review.events import FindingFound

CODE = """\
def one(first, second):
    total = first - second  # both
    price = cost(first) + cost(first)
    print(total)
    print(price)
    return total / price
"""


def said(quote: str, fixed: str = "", **more: Any) -> str:
    return json.dumps({"quote": quote, "fixed": fixed, "message": "It is wrong.", **more})


def listing(folder: Path, *chunks: str, **rule: Any) -> Reviewing:
    """A review that is answered these pieces."""
    answer = Rule("", chunks=tuple(map(Chunk, chunks)), **rule)
    reviewing = Reviewing(folder, answer, review={"method": "list"})
    # Of a model that isn't, one finding is enough.
    reviewing.context = replace(reviewing.context, calibration=calibration())
    return reviewing


async def only(folder: Path, text: str) -> Finding:
    (finding,) = (await listing(folder, text).one(CODE)).findings
    return finding


async def test_each_finding_appears_with_its_closing_brace(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    begin, end = '{"findings": [' + said("print(total)"), ', {"quote": "print(price)", "message": "No."}]}'
    reviewing = listing(tmp_path, begin, end, hold=gate)
    seen = []
    async with asyncio.timeout(10), aclosing(reviewing.stream(CODE)) as stream:
        async for event in stream:
            seen.append(event)
            if isinstance(event, FindingFound) and not gate.exists():
                assert event.finding.lines == Span(3, 4)
                gate.touch()
    assert [finding.lines.first for finding in found(seen)] == [3, 4]
    assert finished(seen)[0].findings == tuple(found(seen))
    assert finished(seen)[0].dropped == ()
    assert reviewing.kinds == ["chat"]
    assert json.loads(reviewing.engine.asked[0].json_schema or "")["type"] == "object"


async def test_what_quotes_no_code_is_dropped_and_counted(tmp_path: Path) -> None:
    end = await listing(tmp_path, said("os.remove(path)"), said("return total / price"), said("yield")).one(CODE)
    assert [finding.lines.first for finding in end.findings] == [5]
    assert end.dropped == (("quotes no code of the unit", 2),)


async def test_what_is_said_twice_counts_once(tmp_path: Path) -> None:
    end = await listing(tmp_path, said("print(total)"), said("print(total)", "print(price)")).one(CODE)
    assert len(end.findings) == 1
    assert end.dropped == (("said twice", 1),)


@pytest.mark.parametrize("tail", [', {"quote": "print(price)", "mess', ', {"quote": oops}]}', '{"message": 3}'])
async def test_an_end_that_is_no_json_leaves_the_earlier_findings_and_is_counted(tmp_path: Path, tail: str) -> None:
    end = await listing(tmp_path, "[" + said("print(total)"), tail).one(CODE)
    assert [finding.lines.first for finding in end.findings] == [3]
    assert end.dropped == (("malformed", 1),)


async def test_a_stream_that_breaks_leaves_the_findings_that_were_told(tmp_path: Path) -> None:
    events = await listing(tmp_path, said("print(total)"), error="broken").run(CODE)
    assert (len(found(events)), failed(events)) == (1, ["one"])


@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_no_more_than_the_persona_wants_and_then_the_stream_is_closed(tmp_path: Path, size: int) -> None:
    text = "[" + ", ".join(said(quote) for quote in ("print(total)", "print(price)", "return total / price"))
    # It is we who leave the last object open, and so it isn't malformed.
    text = text[:-10]
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    reviewing = listing(tmp_path, *pieces, ' {"quote": "never asked for"}')
    reviewing.persona(max_findings=2)
    end = await reviewing.one(CODE)
    assert [finding.lines.first for finding in end.findings] == [3, 4]
    assert end.dropped == ()
    assert reviewing.steps == [("chat", "started"), ("chat", "closed")]


async def test_without_a_schema_it_is_said_and_what_is_no_json_passes(tmp_path: Path) -> None:
    reviewing = listing(tmp_path, "Sure! Here it is:\n```json\n", said("print(total)"), "\n```")
    reviewing.without("schema")
    end = await reviewing.one(CODE)
    assert len(end.findings) == 1
    assert ["schema" in note for note in end.notes] == [True]
    assert not reviewing.engine.asked[0].json_schema


@pytest.mark.parametrize("severity", ["error", "hint", "awful"])
async def test_a_models_word_makes_no_error(tmp_path: Path, severity: str) -> None:
    reviewing = listing(tmp_path, said("print(total)", severity=severity))
    assert [one.severity for one in (await reviewing.one(CODE)).findings] == [Severity.INFORMATION]


async def test_the_models_words_are_shown_as_its_own_and_the_fix_in_ours(tmp_path: Path) -> None:
    reviewing = listing(tmp_path, said("print(total)", "print(price)"), said("return total / price"))
    first, second = (await reviewing.one(CODE)).findings
    words = f"Opinion (calibrated) of {MODEL}: “It is wrong.”"
    assert first.message == f"{words} The fix passes `price` instead of `total` to `print`."
    assert second.message == words
    reviewing.context = replace(reviewing.context, calibration=None)
    (only,) = (await reviewing.one(CODE)).findings
    assert only.message.startswith("Opinion (no better than chance) of ") and only.severity is Severity.HINT


@pytest.mark.parametrize(
    ("quote", "fixed", "new"),
    [
        # Whole lines, with the indentation that was left out.
        ("print(total)", "print(first)", "    print(first)"),
        ("print(total)", "if total:\n    print(total)", "    if total:\n        print(total)"),
        ("3| print(total)\n4| print(price)", "print(total, price)", "    print(total, price)"),
        # A part of a line: the rest of it stays.
        ("first - second", "first + second", "    total = first + second  # both"),
        ("total = first - second", "total = first + second", "    total = first + second  # both"),
        (" / price", " * price", "    return total * price"),
        (
            "total = first - second",
            "if first:\n    total = first + second",
            "    if first:\n        total = first + second  # both",
        ),
        # A part of a line, mended as a whole one.
        ("total / price", "return total * price", "    return total * price"),
        ("first - second", "total = first + second  # both", "    total = first + second  # both"),
        ("first - second", "total = first + second", "    total = first + second  # both"),
        ("total = first - second", "total = first + second  # both", "    total = first + second  # both"),
        ("total / price", "returned / price", "    return returned / price"),
        # Nothing is lost for a part that stands twice, or can't be cut out.
        ("cost(first)", "cost(second)", None),
        ("first-second", "first + second", None),
        # No fix: the same code, none at all, or none that can be read.
        ("print(total)", "print( total )", None),
        ("print(total)", " ", None),
        ("print(total)", "print(total", None),
    ],
)
async def test_the_fix_replaces_what_was_quoted(tmp_path: Path, quote: str, fixed: str, new: str | None) -> None:
    finding = await only(tmp_path, said(quote, fixed))
    lines = CODE.splitlines()[finding.lines.first : finding.lines.last]
    assert finding.quote == "\n".join(lines)
    if finding.columns is not None:
        assert lines[0][slice(*finding.columns)] == quote.strip()
    assert (finding.fix.new if finding.fix else None) == new
    assert finding.fix is None or (finding.fix.span, finding.fix.old) == (finding.lines, finding.quote)


async def test_the_columns_are_told_where_a_part_of_a_line_is_meant(tmp_path: Path) -> None:
    assert (await only(tmp_path, said("first - second"))).columns == (12, 26)
