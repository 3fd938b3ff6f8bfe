"""The words of a text: those by which a search finds it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from postil.core.context.words import MAX_PARTS, MAX_WORD, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("readFile", ["read", "file", "readfile"]),
        ("read_file", ["read", "file", "readfile"]),
        ("READ_FILE", ["read", "file", "readfile"]),
        ("HTTPServer2", ["http", "server", "httpserver2"]),
        ("__init__", ["init"]),
        ("x = i + 1", []),
        ("a.b(session)", ["session"]),
        ("résumé", ["résumé"]),
        ("读取文件", ["读取", "取文", "文件"]),
        ("读取file", ["读取", "file"]),
        ("字", ["字"]),
        ("İstanbul", ["istanbul"]),
        ("a" * (MAX_WORD + 1), []),
        ('"quoted" OR NEAR(x)', ["quoted", "or", "near"]),
    ],
)
def test_words_of_a_text(text: str, found: list[str]) -> None:
    assert words(text) == found


@given(st.text(max_size=300))
@example("ﬃ ß ǅ")
@example("_" * 50)
@example("aB" * 20)
def test_a_word_is_one_for_the_database_too(text: str) -> None:
    """SQLite's ascii tokenizer must not cut it again, nor change it."""
    for word in words(text):
        assert word and not any(char.isascii() and not char.isalnum() for char in word)
        assert not any("A" <= char <= "Z" for char in word)
        assert " " not in word
    assert len(words("aB" * 20)) <= MAX_PARTS + 1
