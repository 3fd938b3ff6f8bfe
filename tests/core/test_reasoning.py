"""Reasoning is no content, in whichever pieces it comes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.text.reasoning import ReasoningSplitter


def split(pieces: list[str], *literal: str) -> tuple[str, str]:
    splitter = ReasoningSplitter(literal)
    content = thinking = ""
    for number, piece in enumerate(pieces):
        found = splitter.feed(piece, last=number == len(pieces) - 1)
        if found.restart:
            content = ""
        content += found.content
        thinking += found.thinking
    return content, thinking


def cut(text: str, places: list[int]) -> list[str]:
    ends = sorted({min(place, len(text)) for place in places})
    return [text[a:b] for a, b in zip([0, *ends], [*ends, len(text)], strict=True)]


CASES = [
    ("<think>hm</think>    return a\n", "    return a\n"),
    ("\n <think>\nhm\n</think>\n\nx = 1", "\n \n\nx = 1"),
    ("<thinking>a <think> b</thinking>x", "x"),
    ("[THINK]a[/THINK]x", "x"),
    ("<think>only", ""),
    ("<THINK>a</THINK>x", "x"),
    ("<Thinking>a</thinking>x", "x"),
    ("<analysis>a</analysis>x", "x"),
    ("<scratchpad>a</scratchpad>x", "x"),
    ("<inner_monologue>a</inner_monologue>x", "x"),
    ("<mm:think>a</mm:think>x", "x"),
    ("<|thinking|>a<|/thinking|>x", "x"),
    ("<unused94>thought\na<unused95>x", "x"),
    ("Thinking...\na\n...done thinking.\n\nx", "\n\nx"),
    ("Thinking it over", "Thinking it over"),
    ("<think></think>", ""),
    ("the template opened it</think>x", "x"),
    ("<think>one</think><think>two</think>x", "x"),
    ("<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>x", "x"),
    ("<|channel|>final<|message|>x", "x"),
    ("    return '<think>'\n", "    return '<think>'\n"),
    ("  <thin", "  <thin"),
    ("   ", "   "),
    ("", ""),
]


@pytest.mark.parametrize(("text", "content"), CASES)
@given(places=st.lists(st.integers(0, 90), max_size=12))
def test_reasoning_is_no_content_in_any_pieces(text: str, content: str, places: list[int]) -> None:
    assert split(cut(text, places))[0] == content


@given(text=st.text(alphabet="ab<>/think \n[]|", max_size=60), places=st.lists(st.integers(0, 60), max_size=12))
def test_how_the_stream_is_cut_changes_nothing(text: str, places: list[int]) -> None:
    assert split(cut(text, places)) == split([text])


@given(text=st.text(max_size=60), places=st.lists(st.integers(0, 60), max_size=12))
def test_text_without_a_mark_stays(text: str, places: list[int]) -> None:
    if not any(
        mark in text.lower() for mark in ("think", "thought", "reason", "reflect", "channel", "analysis", "cot", "pad")
    ):
        assert split(cut(text, places)) == (text, "")


def test_a_tag_that_the_code_holds_is_code() -> None:
    code = "<think>\n  {children}\n</think>"
    assert split(["<think>\n", "  {children}\n</think>"], code) == (code, "")


CODE = 'TAG = "<think>"\n\n\ndef end():\n    return "</think>"\n'


@pytest.mark.parametrize(
    ("text", "content"),
    [
        (CODE, CODE),
        (f"<think>It holds </think> and\nmore</think>{CODE}", f" and\nmore</think>{CODE}"),
        (f"<think>hm\n</think>\n\n{CODE}", f"\n\n{CODE}"),
        (f'Hm, "</think>" is a tag.\nYes.\n</think>\n{CODE}', f"\n{CODE}"),
        (f"Hm.\n</think>   \n\n{CODE}", f"   \n\n{CODE}"),
        (f"{CODE}</think>", ""),
        ("</think>", ""),
    ],
)
@given(places=st.lists(st.integers(0, 120), max_size=12))
def test_reasoning_about_code_that_holds_the_tags(text: str, content: str, places: list[int]) -> None:
    assert split(cut(text, places), CODE)[0] == content


@given(
    text=st.text(alphabet="ab<>/think \n'", max_size=60) | st.just("a\n </think> \nb"),
    places=st.lists(st.integers(0, 60), max_size=12),
)
def test_how_the_stream_is_cut_changes_nothing_where_tags_may_be_code(text: str, places: list[int]) -> None:
    assert split(cut(text, places), CODE) == split([text], CODE)


def test_a_closing_tag_in_code_is_code_where_the_code_holds_it() -> None:
    assert split(["x = '</think>'"], "x = '</think>'") == ("x = '</think>'", "")
