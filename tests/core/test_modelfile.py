"""The Modelfile grammar: what Ollama accepts, what it refuses, and where."""

from __future__ import annotations

import json
import string
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from postil.core.modelfile.commands import Command, Modelfile, render
from postil.core.modelfile.parameters import parameters, read_value
from postil.core.modelfile.parser import decode, parse


def commands(text: str) -> list[tuple[str, str, str]]:
    return [(c.name, c.key, c.args) for c in parse(text)[0].commands]


def problems(text: str) -> list[tuple[int, int, str]]:
    return [(p.line, p.column, p.message) for p in parse(text)[1]]


def test_every_command_in_any_case() -> None:
    text = """\
FROM model:1b
Parameter temperature 0.5
parameter stop "<|end|>"
TEMPLATE {{ .Prompt }}
SYSTEM you are
ADAPTER ./a.gguf
LICENSE MIT
MESSAGE user hello there
message assistant "hi: you"
RENDERER r
PARSER p
REQUIRES 0.14.0
draft d
"""
    assert problems(text) == []
    assert commands(text) == [
        ("from", "", "model:1b"),
        ("parameter", "temperature", "0.5"),
        ("parameter", "stop", "<|end|>"),
        ("template", "", "{{ .Prompt }}"),
        ("system", "", "you are"),
        ("adapter", "", "./a.gguf"),
        ("license", "", "MIT"),
        ("message", "user", "hello there"),
        ("message", "assistant", "hi: you"),
        ("renderer", "", "r"),
        ("parser", "", "p"),
        ("requires", "", "0.14.0"),
        ("draft", "", "d"),
    ]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("plain text  ", "plain text"),
        ('"quoted "', "quoted "),
        ('"two\nlines"', "two\nlines"),
        ('"""\ntriple "quoted"\n"""', '\ntriple "quoted"\n'),
        ('"""a\r\nb"""', "a\r\nb"),
        ('"a" and "b"', 'a" and "b'),  # Ollama looks at both ends only
        ('"never\nFROM inside"', "never\nFROM inside"),
        ("# not a comment", "# not a comment"),
        ('""', ""),
        ("", ""),
        ("tab\tand\x07bell", "tab\tandbell"),  # Ollama drops what can't be printed
        ("say \\n", "say \\n"),  # no escapes
        ('"""one""" two"""', 'one""" two'),
    ],
)
def test_values(value: str, read: str) -> None:
    text = f"FROM x\nSYSTEM {value}\nLICENSE end"
    assert commands(text) == [("from", "", "x"), ("system", "", read), ("license", "", "end")]


def test_places_count_code_points_from_zero() -> None:
    text = '# 😀 comment\r\n  FROM  x\rMESSAGE user """é\n"""  \nPARAMETER stop "😀"\n'
    modelfile, _ = parse(text)
    places = [(c.line, c.column, c.end_line, c.key_column, c.value_line, c.value_column) for c in modelfile.commands]
    assert places == [(1, 2, 2, 7, 1, 8), (2, 0, 4, 8, 2, 13), (4, 0, 5, 10, 4, 15)]
    assert modelfile.commands[1].raw == 'MESSAGE user """é\n"""  '
    assert [(c.line, c.column, c.text) for c in modelfile.comments] == [(0, 0, "# 😀 comment")]


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        ("FROM x\n  FRM y\n", 1, 2, "unknown command 'FRM'"),
        ("FROM x\n\u200b# c\n", 1, 1, "unknown command '#'"),  # an invisible character is a name for Ollama
        ("FROM x\n\u200b", 1, 1, "unknown command ''"),
        ("FROM x\nSYSTEM\n", 1, 0, "needs a space and a value"),
        ("FROM x\n=\n", 1, 0, "unknown command '='"),
        ("FROM x\nPARAMETER  seed 1\n", 1, 0, "exactly one space"),
        ("FROM x\nPARAMETER seed\n", 1, 0, "PARAMETER seed needs"),
        ("FROM x\nPARAMETER sede 1\n", 1, 10, "unknown parameter 'sede'"),
        ("FROM x\nPARAMETER Seed 1\n", 1, 10, "write seed"),
        ("FROM x\nPARAMETER seed 1.5\n", 1, 15, "seed is a whole number"),
        ("FROM x\nPARAMETER temperature warm\n", 1, 22, "temperature is a number"),
        ("FROM x\nPARAMETER top_p 1.5\n", 1, 16, "at most 1"),
        ("FROM x\nPARAMETER use_mmap yes\n", 1, 19, "true or false"),
        ("FROM x\nPARAMETER mirostat 1\n", 1, 10, "deprecated"),
        ("FROM x\nMESSAGE bot hi\n", 1, 8, "unknown role 'bot'"),
        ("FROM x\nMESSAGE User hi\n", 1, 8, "unknown role 'User'"),
        ('FROM x\nSYSTEM """a\nb\n', 1, 7, '""" is never closed'),
        ('FROM x\nSYSTEM "a\nLICENSE b\n', 1, 7, '" is never closed'),
        ("FROM x\nREQUIRES soon\n", 1, 9, "needs a version"),
        ("SYSTEM x\n", 0, 0, "no FROM line"),
        ("FROM \n", 0, 0, "FROM needs a value"),
        ("", 0, 0, "no FROM line"),
    ],
)
def test_a_problem_has_its_place(text: str, line: int, column: int, part: str) -> None:
    found = problems(text)
    assert len(found) == 1
    assert found[0][:2] == (line, column)
    assert part in found[0][2]


def test_reading_goes_on_after_a_mistake() -> None:
    text = 'WRONG\nFROM x\nSYSTEM "open\nPARAMETER seed 1\n'
    assert commands(text) == [("from", "", "x"), ("system", "", "open"), ("parameter", "seed", "1")]
    assert len(problems(text)) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_bytes_with_and_without_a_mark(encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    assert decode(mark + "FROM é".encode(encoding)) == ("FROM é", ())


def test_an_invisible_character_before_a_command_is_dropped() -> None:
    assert commands("\ufeff# c\nFROM x\n\u200bLICENSE y") == [("from", "", "x"), ("license", "", "y")]


def test_bytes_that_are_no_text_have_a_place() -> None:
    text, found = decode(b"FROM x\nSYSTEM \xff\n")
    assert text == "FROM x\nSYSTEM \ufffd\n"
    assert [(p.line, p.column) for p in found] == [(1, 7)]


def test_values_have_types() -> None:
    assert read_value("num_ctx", "4096") == 4096
    assert read_value("temperature", "1e-1") == pytest.approx(0.1)
    assert read_value("use_mmap", "F") is False
    assert [name for name, p in parameters().items() if p.load_time] == [
        "num_ctx", "num_batch", "num_gpu", "main_gpu", "use_mmap", "num_thread",
    ]  # fmt: skip
    for text in ("", "1_0", "９", "0x10", "9" * 30, "1 "):
        with pytest.raises(ValueError, match="whole number"):
            read_value("seed", text)
    for text in ("nan", "inf", "1e99", ".", "1_0.0"):
        with pytest.raises(ValueError, match="is a number"):
            read_value("temperature", text)


def test_render_keeps_comments_and_tidies_commands() -> None:
    text = '# kept\n\nfrom   x\n  #: role: review\nsystem "one"\nmessage user """a\nb"""\nFRM kept too\n'
    tidy = '# kept\n\nFROM x\n  #: role: review\nSYSTEM one\nMESSAGE user """a\nb"""\nFRM kept too\n'
    assert render(parse(text)[0]) == tidy


def test_render_of_commands_made_by_hand() -> None:
    made = Modelfile((Command("from", "x"), Command("parameter", " s ", key="stop"), Command("system", 'a\n"b"\n')))
    assert render(made) == 'FROM x\nPARAMETER stop " s "\nSYSTEM """a\n"b"\n"""\n'


PIECES = st.sampled_from(
    [
        "FROM",
        "from ",
        "SYSTEM ",
        "PARAMETER ",
        "MESSAGE user ",
        "seed ",
        "# c",
        '"',
        '"""',
        "\n",
        "\r\n",
        "\r",
        " ",
        *("\t", "a", "é", "\x07", "\u2028", "1", "\ufeff", "\ud800"),
    ]
)
MODELFILES = st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=80)


@given(MODELFILES)
@example('FROM x\nSYSTEM """a\n"""b\n"""\n')
@example('SYSTEM "a"\n"""')
@example('SYSTEM """\n "\n"""')
@settings(max_examples=600)
def test_any_text_is_read_and_rendered_to_the_same_commands(text: str) -> None:
    modelfile, found = parse(text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for problem in found:
        assert 0 <= problem.line < len(lines)
        assert 0 <= problem.column <= len(lines[problem.line])
    again, _ = parse(render(modelfile))
    assert again.commands == modelfile.commands
    assert render(again) == render(modelfile)


@given(st.text(alphabet=string.printable + "é😀\u2028", max_size=60))
@settings(max_examples=300)
def test_a_value_made_by_hand_survives_where_it_can(value: str) -> None:
    """Exceptions are Ollama's: it drops unprintable characters, and `\"\"\"` at a line's end closes a
    value."""
    made = Modelfile((Command("from", "x"), Command("system", value)))
    if all(char.isprintable() or char in "\t\r\n" for char in value) and '"' not in value:
        assert parse(render(made))[0].commands == made.commands
    else:
        parse(render(made))


RECORDED = json.loads((Path(__file__).parents[1] / "data/ollama-modelfiles.json").read_text(encoding="utf-8"))


def test_ollamas_own_parser_reads_the_same() -> None:
    """Random texts and what Ollama's code made of them: the same commands, a problem where it refuses."""
    for row in RECORDED:
        modelfile, found = parse(row["text"])
        if row["commands"] is None:
            assert found, row["text"]
            continue
        ours = [
            [
                {"from": "model", "parameter": c.key}.get(c.name, c.name),
                f"{c.key}: {c.args}" if c.name == "message" else c.args,
            ]
            for c in modelfile.commands
        ]
        assert ours == row["commands"], row["text"]


def test_a_file_full_of_open_quotes_is_read_quickly() -> None:
    """20,000 quotes that are never closed would take minutes if each looked through the rest of the file."""
    modelfile, found = parse("FROM x\n" + 'SYSTEM "a\n' * 20_000)
    assert len(modelfile.commands) == 20_001
    assert len(found) == 20_000
