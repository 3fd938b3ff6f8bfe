"""Completion, hover, outline and the usual form of Modelfiles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.modelfile.assist import candidates, hover
from postil.core.modelfile.outline import formatted, symbols
from postil.core.modelfile.parser import parse
from postil.core.modelfile.vocabulary import words

# Pieces that meet in ways that no one has thought of.
PIECES = st.sampled_from(
    ["FROM", " ", "m", "\n", "\r\n", "\r", '"', '"""', "SYSTEM", "PARAMETER", "temperature", "stop", "0,5", "#", "#:",
     "role", ":", "review", "MESSAGE", "user", "审查", "😀", "\ufeff", "\x00", "\t", "TEMPLATE", "{{", "LICENSE", "="]
)  # fmt: skip
TEXTS = st.one_of(st.lists(PIECES, max_size=25).map("".join), st.text(max_size=60))


def written(text: str, models: tuple[str, ...] = ()) -> list[str]:
    """The lines that the candidates at `|` would make."""
    before, after = text.split("|")
    lines = (before + after).split("\n")
    line, column = before.count("\n"), len(before.rpartition("\n")[2])
    return [
        lines[line][: one.start] + one.new + lines[line][one.end :]
        for one in candidates(before + after, line, column, models)
    ]


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("|", ["FROM ", "PARAMETER ", "SYSTEM "]),
        ("  sy|", ["  SYSTEM "]),
        ("FROM m\nSYS| hi", ["SYSTEM hi"]),
        ("PARAMETER |", ["PARAMETER temperature ", "PARAMETER num_ctx "]),
        ("parameter tem| 1", ["parameter temperature 1"]),
        ("PARAMETER use_mmap |", ["PARAMETER use_mmap true", "PARAMETER use_mmap false"]),
        ("PARAMETER temperature |", ["PARAMETER temperature 0.8"]),
        ("MESSAGE |", ["MESSAGE user ", "MESSAGE assistant "]),
        ("#: |", ["#: role: ", "#: looks-for: "]),
        ("#:ro|", ["#:role: "]),
        ("#: role: |", ["#: role: review", "#: role: complete"]),
        ("#: triggers: save, |", ["#: triggers: save, open"]),
        ("#: severity: hint..e|", ["#: severity: hint..error"]),
        ("FROM |", ["FROM qwen3:4b"]),
        ("FROM qwen|2.5", ["FROM qwen3:4b"]),
    ],
)
def test_what_may_be_written(text: str, some: list[str]) -> None:
    found = written(text, ("qwen3:4b",))
    assert [line for line in some if line in found] == some


@pytest.mark.parametrize(
    "text",
    [
        'SYSTEM """\n|\n"""',
        'SYSTEM """\nPARAMETER |\n"""',
        "# a comment |",
        "SYSTEM You |",
        "TEMPLATE |",
        "LICENSE |",
        'FROM m\nSYSTEM """never closed\n#: |',
        "MESSAGE user |",
        "#: title: |",
        "PARAMETER stop |",
    ],
)
def test_nothing_in_what_is_the_users_own(text: str) -> None:
    assert written(text) == []


def test_a_parameter_tells_its_type_default_and_meaning() -> None:
    found = {one.label: one for one in candidates("PARAMETER ", 0, 10)}
    assert found["temperature"].detail == "float, default 0.8, at least 0"
    assert found["num_ctx"].detail.startswith("whole number") and "Context window" in found["num_ctx"].about
    assert "mirostat" not in found, "deprecated"


@pytest.mark.parametrize(
    ("text", "column", "part", "span"),
    [
        ("FROM m", 2, "**FROM**", (0, 4)),
        ("  parameter top_k 3", 12, "**top_k** (whole number", (12, 17)),
        ("PARAMETER num_ctx 8", 12, "load the model again", (10, 17)),
        ("FROM qwen2.5-coder:1.5b", 8, "in memory", (5, 23)),
        ("#: role: review", 4, "`complete`", (3, 7)),
        ("#: severity: hint..error", 20, "Surely wrong", (19, 24)),
    ],
)
def test_hover(text: str, column: int, part: str, span: tuple[int, int]) -> None:
    found = hover(text, 0, column)
    assert found is not None and part in found.text and (found.start, found.end) == span


@pytest.mark.parametrize(
    ("text", "column"), [("# FROM m", 3), ("SYSTEM FROM", 9), ("PARAMETER odd 1", 11), ("FROM mine", 6)]
)
def test_no_hover_on_what_we_know_nothing_of(text: str, column: int) -> None:
    assert hover(text, 0, column) is None


def test_the_outline() -> None:
    text = '#: role: review\nFROM m\nPARAMETER temperature 0\nSYSTEM """a\nb"""\nMESSAGE user hi\n'
    found = [(one.kind, one.name, one.detail, one.first, one.last) for one in symbols(text)]
    assert found == [
        ("key", "role", "review", 0, 1),
        ("from", "FROM", "m", 1, 2),
        ("parameter", "temperature", "0", 2, 3),
        ("text", "SYSTEM", "a b", 3, 5),
        ("text", "MESSAGE user", "hi", 5, 6),
    ]


@pytest.mark.parametrize(
    ("text", "usual"),
    [
        ("from  m\r\n\r\n# c\r\n  parameter top_k   3\r\n", "FROM m\r\n\r\n# c\r\nPARAMETER top_k 3\r\n"),
        ('\ufefffrom "m"', "\ufeffFROM m"),
        ("\ufeff# c\nfrom m\n", "\ufeff# c\nFROM m\n"),
        ('FROM m\nsystem """a\n  b"""\n', 'FROM m\nSYSTEM """a\n  b"""\n'),
        ("FROM m\nODD x\n  from n\n", "FROM m\nODD x\nFROM n\n"),
        ('FROM m\nSYSTEM """a\n', None),
        ("#: role: review\n", "#: role: review\n"),
    ],
)
def test_the_usual_form(text: str, usual: str | None) -> None:
    assert formatted(text) == usual


@given(TEXTS)
def test_no_text_ends_it_and_the_usual_form_is_read_alike(text: str) -> None:
    usual = formatted(text)
    if usual is not None:
        assert parse(usual)[0].commands == parse(text)[0].commands
        assert [one.text for one in parse(usual)[0].comments] == [one.text for one in parse(text)[0].comments]
        assert formatted(usual) == usual
    symbols(text)


@given(TEXTS, st.integers(0, 5), st.integers(0, 30))
def test_help_at_any_place_of_any_text(text: str, line: int, column: int) -> None:
    for one in candidates(text, line, column, ("m:1b",)):
        assert 0 <= one.start <= one.end
    hover(text, line, column)


def test_the_table_of_words_is_whole() -> None:
    assert set(words().header["role"].values) >= {"review", "complete"}
