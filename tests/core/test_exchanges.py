"""What is kept of the latest requests, how much, and the page that shows them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.trust.test_markdown import active, tokens

from postil.core.completion.context import Context, Header, Pieces
from postil.core.completion.prompt import infill_request
from postil.core.completion.window import Window
from postil.core.exchanges import kept
from postil.core.exchanges.infill import parts_of
from postil.core.exchanges.kept import Exchange, Exchanges, newest
from postil.core.exchanges.page import MOST_SHOWN, Place, Shown, page
from postil.core.models.families import FimTokens
from postil.core.persona.persona import Persona
from postil.core.request import (
    ChatRequest,
    Delta,
    InfillRequest,
    LoadOptions,
    Message,
    Purpose,
    Sampling,
    Snippet,
    Usage,
)
from postil.core.review.profile import profiles

MODEL = "qwen2.5-coder:1.5b"
CHAT = ChatRequest(MODEL, (Message("system", "Be kind."), Message("user", "```python\nx = 1\n```\n\nRewrite it.")))
FIM = FimTokens(prefix="<p>", suffix="<s>", middle="<m>", file="<f>", stop=("<end>",))
ABOUT = Place("a.py:3", "file:///work/a.py#L3")


def ticking() -> Iterator[float]:
    at = 1000.0
    while True:
        yield at
        at += 1.0


def exchanges() -> Exchanges:
    times = ticking()
    return Exchanges(lambda: next(times))


def shown(request: ChatRequest | InfillRequest, *deltas: Delta, about: Place = ABOUT) -> Shown:
    with exchanges().begin(request, "an engine") as exchange:
        for delta in deltas:
            exchange.feed(delta)
    return Shown(exchange, "12:00:00", about)


def test_the_latest_are_kept_the_newest_first() -> None:
    log = exchanges()
    made = [log.begin(replace(CHAT, prefill=str(number)), "an engine") for number in range(kept.MOST + 5)]
    assert list(log.latest) == made[::-1][: kept.MOST]


@given(st.lists(st.tuples(st.integers(0, 400_000), st.lists(st.integers(0, 30_000), max_size=6)), max_size=40))
def test_their_memory_is_bounded(requests: list[tuple[int, list[int]]]) -> None:
    log = exchanges()
    for size, pieces in requests:
        with log.begin(ChatRequest("m", (Message("user", "x" * size),)), "an engine") as exchange:
            for number, piece in enumerate(pieces):
                exchange.feed(Delta("y" * piece) if number % 2 else Delta(thinking="z" * piece))
        assert len(log.latest) <= kept.MOST
        assert sum(one.size for one in log.latest) <= kept.MOST_CHARS
        assert all(len(one.answer) + len(one.thinking) <= kept.MOST_ANSWER for one in log.latest)
    assert [one.at for one in log.latest] == sorted((one.at for one in log.latest), reverse=True)


def test_one_that_is_too_long_by_itself_is_not_kept() -> None:
    log = exchanges()
    before = log.begin(CHAT, "an engine")
    log.begin(replace(CHAT, prefill="x" * (kept.MOST_CHARS + 1)), "an engine")
    assert log.latest == (before,)


def test_those_of_several_engines_are_one_list() -> None:
    times = ticking()
    one, two = Exchanges(lambda: next(times)), Exchanges(lambda: next(times))
    made = [log.begin(CHAT, "an engine") for log in (one, two, one, two)]
    assert list(newest([*one.latest, *two.latest])) == made[::-1]


@pytest.mark.parametrize(
    ("error", "finish", "ended"),
    [
        (None, "stop", "whole"),
        (None, "length", "length"),
        (GeneratorExit(), None, "closed"),
        (GeneratorExit(), "stop", "whole"),
        (asyncio.CancelledError(), None, "cancelled"),
        (ValueError("no room"), None, "failed"),
    ],
)
def test_how_an_answer_ends_is_noted(
    error: BaseException | None, finish: Literal["stop", "length"] | None, ended: str
) -> None:
    exchange = exchanges().begin(CHAT, "an engine")
    assert exchange.ended == ""
    with suppress(GeneratorExit, asyncio.CancelledError, ValueError), exchange:
        exchange.feed(Delta("x", finish=finish))
        if error is not None:
            raise error
    assert (exchange.ended, exchange.answer, exchange.ended_at - exchange.at) == (ended, "x", 1.0)
    assert exchange.why == ("no room" if ended == "failed" else "")


def test_an_answer_that_begins_anew_takes_the_place_of_what_came_before() -> None:
    exchange = exchanges().begin(CHAT, "an engine")
    for delta in (Delta("one"), Delta("two", anew=True), Delta(" \ud800")):
        exchange.feed(delta)
    assert (exchange.answer, exchange.anew) == ("two ?", True), "no lone surrogate, which no message can hold"


def test_the_page_has_the_pieces_their_tokens_and_the_text() -> None:
    request = replace(
        CHAT,
        prefill="```python\n",
        sampling=Sampling(temperature=0.0, max_tokens=64, stop=("\n```",)),
        load=LoadOptions(num_ctx=4096),
        purpose=Purpose("review", "reviewer", "/work/a.py", "add|b", 2),
    )
    told = page([shown(request, Delta("x = 2\n"), Delta(finish="stop", usage=Usage(412, 45, 380, 1.25, 2.5)))])
    assert "## 1. Review: add\\|b" in told
    assert f"- Model: {MODEL}, an engine" in told and "- Answer: whole" in told
    assert "- Options: num_ctx 4096, num_predict 64, temperature 0.0" in told
    assert "| Message 1: system | persona reviewer | 8 | ≈ 3 |" in told
    asked = len(CHAT.messages[1].content)
    assert f"| Message 2: user | [a.py:3](<file:///work/a.py#L3>) | {asked} | ≈ " in told
    assert (
        f"| **All that was read** | counted by the engine, 380 of them were in its cache | {asked + 18} | 412 |" in told
    )
    assert "| **The answer** | read in 1.2 s, written in 2.5 s | 6 | 45 |" in told
    for block in ("Be kind.", "```python\nx = 1\n```\n\nRewrite it.", "```python\n", "x = 2\n"):
        assert f"text\n{block}\n```" in told


def test_without_counts_every_figure_is_marked_as_an_estimate() -> None:
    told = page([shown(CHAT, Delta("y"))])
    assert (
        f"| **All that was sent** | the engine gave no count | {sum(len(one.content) for one in CHAT.messages)} | ≈ "
        in told
    )
    assert "an estimate" in told and "- Answer: closed by Postil" in told


def test_ghost_text_is_shown_with_the_pieces_of_other_files_and_the_prompt_as_it_was_sent() -> None:
    request = InfillRequest(
        MODEL, "a = ", "\nb", fim=FIM, path="a.py", snippets=(Snippet("c/d.py", "y = 2"),),
        purpose=Purpose("completion", "completer", "/work/a.py", line=2),
    )  # fmt: skip
    one = replace(shown(request, Delta("y")), pieces=(Place("c/d.py:7", "file:///work/c/d.py#L7"),))
    told = page([one])
    assert "| Piece of another file | [c/d.py:7](<file:///work/c/d.py#L7>) | 5 |" in told
    assert "### The prompt, as it was sent\n\n```text\n<f>c/d.py\ny = 2\n<f>a.py\n<p>a = <s>\nb<m>\n```" in told
    assert "stop '\\<p\\>'" in told, "the words that end the answer are those of the model's tokens"


def test_pieces_that_stand_in_the_text_as_comments_are_listed_by_themselves() -> None:
    context = Context(
        Header(imports="import os\nimport re", path="a.py"),
        Pieces(row=1, snippets=(Snippet("c/d.py", "def f(x):\n\n    return x"), Snippet("e.py", "z = 3"))),
        line=2,
        language="python",
    )
    text = "def g():\n    a = 1\n    b = "
    request = infill_request(
        MODEL, profiles()["unmeasured"], Persona("completer", "complete", MODEL), LoadOptions(), Window(text, "\n", ""),
        0, FIM, context, Purpose("completion", "completer", "/work/a.py", line=2),
    )  # fmt: skip
    assert request is not None
    parts = parts_of(request)
    assert parts.pieces == context.pieces.snippets and parts.before == ()
    assert parts.prefix == text and parts.imports == "import os\nimport re\n\n"
    assert (
        "".join([parts.imports, "def g():\n", *(said for said, _ in parts.inside), "    a = 1\n    b = "])
        == request.prefix
    )
    told = page([shown(request)])
    assert f"| Piece of another file, as a comment | e.py | {len(parts.inside[1][0])} |" in told
    assert f"| Imports of the file | {ABOUT.link} | 21 |" in told
    assert f"| {len(request.prefix) + 1} |" in told, "the sum is that of the text"
    assert "<p>import os\nimport re\n\ndef g():\n    # From c/d.py:\n    # def f(x):\n    #\n" in told
    # Where no comment is possible, or a path was redacted, the text is one piece.
    assert parts_of(replace(request, prefix=text)).pieces == ()


def test_a_family_that_has_no_format_for_other_files_was_shown_none() -> None:
    bare = FimTokens(prefix="<p>", suffix="<s>")
    told = page([shown(InfillRequest(MODEL, "a", "b", fim=bare, snippets=(Snippet("c.py", "secret"),)))])
    assert "another file" not in told and "secret" not in told


def test_without_tokens_of_ours_both_sides_are_shown() -> None:
    told = page([shown(InfillRequest(MODEL, "a = ", "", begun="x"))])
    assert "### Before the cursor\n\n```text\na = \n```" in told and "### After the cursor\n\n*(empty)*" in told


WILD = st.lists(
    st.sampled_from(["`", "```", "`````", "\n", "\r", "|", "[x](command:run)", "<b>", "\n# ", "\n~~~\n", "a", "\\"]),
    max_size=12,
).map("".join)


@given(WILD, WILD, WILD)
def test_nothing_that_others_wrote_breaks_the_page(code: str, said: str, name: str) -> None:
    request = replace(
        CHAT,
        messages=(Message("user", code),),
        prefill=said,
        sampling=Sampling(stop=(said,) if said else ()),
        purpose=Purpose("review", name, name, name),
    )
    exchange = shown(request, Delta(said), Delta(thinking=code)).exchange
    failed: Exchange = shown(request).exchange
    failed.ended, failed.why = "failed", said
    about = Place(name or "x", "file:///work/a.py")
    told = page([Shown(exchange, "12:00:00", about), Shown(failed, "12:00:01", about)])
    ours = {"file:///work/a.py"}
    assert {dict(attrs)["href"] for kind, attrs, _ in active(told) if kind == "link_open"} <= ours
    assert not [kind for kind, _, _ in active(told) if kind not in ("link_open",)]
    # Both readers see our headings and no others.
    headings = [token for token in tokens(told) if token.type == "heading_open"]
    assert len(headings) == 2 * len(re.findall(r"^#+ ", _outside(told), re.MULTILINE))
    for text in (code, said):
        if text:
            assert f"text\n{text}\n" in told


def _outside(told: str) -> str:
    """The page without what is between its fences."""
    return re.sub(r"^(`{3,})text\n.*?\n\1$", "", told, flags=re.MULTILINE | re.DOTALL)


def test_a_long_list_has_its_first_in_whole_and_the_rest_as_rows() -> None:
    long = replace(CHAT, prefill="x" * (MOST_SHOWN // 2))
    told = page([shown(long), shown(long), shown(long)])
    assert told.count("\n## ") == 1 and "The last 2 are rows only" in told
    assert [row[:5] for row in told.splitlines() if re.match(r"\| \d", row)] == ["| 1 |", "| 2 |", "| 3 |"]
    assert page([shown(replace(CHAT, prefill="x" * (2 * MOST_SHOWN)))]).count("\n## ") == 1, "one is always shown"
