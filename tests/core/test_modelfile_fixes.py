"""Quick fixes of Modelfiles: each removes its problem and causes no other."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from tests.core.test_modelfile_help import TEXTS

from postil.core.modelfile.fixes import quick_fixes
from postil.core.persona.persona import from_modelfile
from postil.core.review.finding import Severity
from postil.core.text.edits import apply

MODEL = "qwen2.5-coder:1.5b"


def mended(text: str) -> list[str]:
    return [apply(text, [fix.edit]) for fix in quick_fixes(text, MODEL)]


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("FORM m\n", "FROM m\n"),
        ("FROM: m\n", "FROM m\n"),
        ("FROM=m\r\n", "FROM m\r\n"),
        ("from : m\n", "from m\n"),
        ("FROM m\nPARAMETER temperature=0.5\n", "FROM m\nPARAMETER temperature 0.5\n"),
        ("FROM m\nPARAMETER temperature: 0.5\n", "FROM m\nPARAMETER temperature 0.5\n"),
        ("FROM m\nPARAMETER: temperature 0.5\n", "FROM m\nPARAMETER temperature 0.5\n"),
        ("FROM m\nPARAMETER  temperature 0.5\n", "FROM m\nPARAMETER temperature 0.5\n"),
        ("FROM m\nPARAMETR temperature 1\n", "FROM m\nPARAMETER temperature 1\n"),
        ("FROM m\nPARAMETER tempurature 1\n", "FROM m\nPARAMETER temperature 1\n"),
        ("FROM m\nPARAMETER Temperature 1\n", "FROM m\nPARAMETER temperature 1\n"),
        ("FROM m\nPARAMETER temperature 0,5\n", "FROM m\nPARAMETER temperature 0.5\n"),
        ("FROM m\nPARAMETER temperature -1\n", "FROM m\nPARAMETER temperature 0\n"),
        ("FROM m\nPARAMETER top_k 3.0\n", "FROM m\nPARAMETER top_k 3\n"),
        ('FROM m\nPARAMETER temperature "0,5"\n', "FROM m\nPARAMETER temperature 0.5\n"),
        ('FROM m\nPARAMETER use_mmap """yes"""\n', "FROM m\nPARAMETER use_mmap true\n"),
        ("FROM m\nPARAMETER temperature = 0.5\n", "FROM m\nPARAMETER temperature 0.5\n"),
        ("FROM m\nPARAMETER num_ctx 4,000\n", "FROM m\nPARAMETER num_ctx 4000\n"),
        ("FROM m\nPARAMETER num_ctx 8k\n", "FROM m\nPARAMETER num_ctx 8192\n"),
        ("FROM m\nPARAMETER use_mmap yes\n", "FROM m\nPARAMETER use_mmap true\n"),
        ("FROM m\nPARAMETER use_mmap Off\n", "FROM m\nPARAMETER use_mmap false\n"),
        ("FROM m\nPARAMETER mirostat 1\n", "FROM m\n"),
        ("FROM m\nMESSAGE USER hi\n", "FROM m\nMESSAGE user hi\n"),
        ("FROM m\nMESSAGE assistent hi\n", "FROM m\nMESSAGE assistant hi\n"),
        ("FROM m\nMESSAGE bot hi\n", "FROM m\nMESSAGE assistant hi\n"),
        ("FROM m\nMESSAGE user: hi\n", "FROM m\nMESSAGE user hi\n"),
        ('FROM m\nsystem"""hi"""\n', 'FROM m\nsystem """hi"""\n'),
        ('FROM m\nSYSTEM """a\nb\r\n\r\nPARAMETER seed 1\r\n', 'FROM m\nSYSTEM """a\nb"""\r\n\r\nPARAMETER seed 1\r\n'),
        ("#: role review\nFROM m\n", "#: role: review\nFROM m\n"),
        ("#:role = review\nFROM m\n", "#:role: review\nFROM m\n"),
        ("SYSTEM hi\n", f"FROM {MODEL}\nSYSTEM hi\n"),
        ("#: role: review\n", f"#: role: review\nFROM {MODEL}\n"),
        ("", f"FROM {MODEL}\n"),
        ('FROM m\nSYSTEM """a\nb\n', 'FROM m\nSYSTEM """a\nb"""\n'),
        ('FROM m\nSYSTEM "a\n', 'FROM m\nSYSTEM "a"\n'),
        ("FROM a\nFROM m\n", "FROM m\n"),
        ("#: roles: review\nFROM m\n", "#: role: review\nFROM m\n"),
        ("#: max_findings: 3\nFROM m\n", "#: max-findings: 3\nFROM m\n"),
        ("#: role: reviewer\nFROM m\n", "#: role: review\nFROM m\n"),
        ("#: triggers: saved, Open\nFROM m\n", "#: triggers: save, open\nFROM m\n"),
        ("#: severity: hint..eror\nFROM m\n", "#: severity: hint..error\nFROM m\n"),
        ("#: title: a\n#: title: b\nFROM m\n", "#: title: a\nFROM m\n"),
        ("😀\nFROM m\nPARAMETER 😀 1\nFORM n\n", None),
    ],
)
def test_the_commonest_mistakes(text: str, better: str | None) -> None:
    assert better is None or better in mended(text)


@pytest.mark.parametrize(
    "text",
    [
        "FROM m\n",
        "FROM m\nPARAMETER temperature warm\n",
        "FROM m\nXYZZY 1\n",
        "FROM m\nPARAMETER use_mmap perhaps\n",
        "#: title:\nFROM m\n",
        "FROM m\nPARAMETER num_ctx 4.000\n",
        "FROM m\nPARAMETER temperature 1,000\n",
        "FROM m\nPARAMETER temperature 0\x07,5\n",
        'FROM "=m"\n',
    ],
)
def test_what_nobody_can_guess_is_left_alone(text: str) -> None:
    assert mended(text) == []


def test_a_value_whose_quote_is_open_is_closed_and_not_cut() -> None:
    assert mended('FROM m\nPARAMETER temperature "0,5\n') == ['FROM m\nPARAMETER temperature "0,5"\n']


@pytest.mark.parametrize("text", ['FROM m\nSYSTEM """a\n""" b\n', "FROM =\n", 'FROM m\nPARAMETER top_k "x"\n'])
def test_no_mend_puts_another_problem_in_the_place_of_one(text: str) -> None:
    before = {one.message for one in from_modelfile("", text)[1]}
    for better in mended(text):
        assert {one.message for one in from_modelfile("", better)[1]} < before


def test_without_a_model_no_from_is_made_up() -> None:
    assert quick_fixes("SYSTEM hi\n") == ()


@given(TEXTS)
@settings(max_examples=300)
def test_a_mend_takes_its_problem_away_and_makes_nothing_worse(text: str) -> None:
    before = [one.message for one in from_modelfile("", text)[1] if one.severity <= Severity.WARNING]
    for fix in quick_fixes(text, MODEL):
        after = [
            one.message for one in from_modelfile("", apply(text, [fix.edit]))[1] if one.severity <= Severity.WARNING
        ]
        assert len(after) <= len(before)
        assert after.count(fix.problem.message) < max(before.count(fix.problem.message), 1)
