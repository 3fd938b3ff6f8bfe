"""A model's words where they are shown: read by a real Markdown parser, they are no link, no picture, no HTML."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from postil.core.text.markdown import inert, literal, without_links

ANSWERS = tomllib.loads((Path(__file__).parent / "markdown.toml").read_text(encoding="utf-8"))["answers"]
LINES = [answer.replace("⏎", "\n") for answer in ANSWERS]
# Two kinds of readers: CommonMark with HTML and every scheme, and one that makes tables and strikes things out.
READERS = [MarkdownIt("commonmark"), MarkdownIt("js-default", {"html": True})]
for one in READERS:
    # VS Code lets `command:` through; the library's own check would hide what we look for.
    one.validateLink = lambda url: True


def tokens(text: str) -> Iterator[Token]:
    for reader in READERS:
        for token in reader.parse(text):
            yield token
            yield from token.children or ()


def active(text: str) -> list[Any]:
    """What of a text fetches or runs something, or could be clicked."""
    kinds = ("link_open", "image", "html_block", "html_inline")
    return [(token.type, token.attrs, token.content) for token in tokens(text) if token.type in kinds]


@pytest.mark.parametrize("answer", LINES)
def test_what_a_model_says_fetches_and_runs_nothing(answer: str) -> None:
    assert active(inert(answer)) == []
    # A page and a hover have a title above it.
    assert active(f"# {literal('Explain: f')}\n\n{inert(answer)}\n") == []


def test_the_parser_sees_what_it_should() -> None:
    """The control: unchanged, most of the corpus is dangerous."""
    dangerous = [answer for answer in LINES if active(answer)]
    assert len(dangerous) > 0.6 * len(LINES)


@pytest.mark.parametrize("answer", LINES)
def test_while_it_grows_it_does_neither(answer: str) -> None:
    """A page is shown while the model writes."""
    for end in range(len(answer)):
        assert active(inert(answer[:end])) == []


PIECES = [
    "`",
    "``",
    "```",
    "~~~",
    "[",
    "]",
    "(",
    ")",
    "](",
    "![",
    "]:",
    "<",
    ">",
    "\\",
    "\n",
    "\n\n",
    " ",
    "    ",
    "- ",
]
PIECES += [
    "> ",
    "1. ",
    "x",
    "command:e",
    "https://e.example/p",
    "'",
    '"',
    "&#91;",
    "&",
    "|",
    "---",
    "#",
    "*",
    "_",
    "\t",
]
PIECES += ["[x](command:e)", "|---|---|\n", "| ", "~~~\n"]


@pytest.mark.slow
@settings(max_examples=1000)
@given(st.lists(st.sampled_from(PIECES), max_size=24).map("".join))
def test_whatever_it_is_made_of_it_does_neither(answer: str) -> None:
    assert active(inert(answer)) == []


@settings(max_examples=200)
@given(st.lists(st.sampled_from(PIECES), max_size=16).map("".join))
def test_a_name_is_shown_as_it_stands(name: str) -> None:
    """Functions may be called anything in some languages; a file too."""
    assert active(f"# {literal(name)}\n") == []
    assert active(f"**{literal(name)}**\n\ntext") == []


@pytest.mark.parametrize(
    "text",
    [
        "Use `list[int]` and:\n\n```python\na = b[0](c)  # <x> ![y](z)\n```\n\n- *one* `a`\n- two",
        "It returns list[int], or a < b.",
        "1. First `x`.\n2. Then **y**.",
    ],
)
def test_ordinary_answers_read_as_they_were_written(text: str) -> None:
    """The control: who shows them sees the same words in the same shape."""
    for reader in READERS:
        before = [(t.type, t.content) for t in reader.parse(text) if t.type != "inline"]
        after = [(t.type, t.content) for t in reader.parse(inert(text)) if t.type != "inline"]
        assert after == before
        words = lambda parsed: [t.content for b in parsed for t in b.children or () if t.content]  # noqa: E731
        assert "".join(words(reader.parse(inert(text)))) == "".join(words(reader.parse(text)))


@pytest.mark.parametrize("answer", LINES)
def test_message_boxes_have_no_links(answer: str) -> None:
    """VS Code's own expression for a link in a notification (base/common/linkedText.ts)."""
    import re

    link = re.compile(r"\[([^\]]+)\]\(((?:https?://|command:|file:)[^)\s]+)(?: ([\"'])(.+?)(\3))?\)", re.IGNORECASE)
    assert link.search(without_links(answer)) is None
    assert link.search("[x](command:evil)")
