"""Personas from Modelfiles: what is read, what is refused, and what a digest depends on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.finding import Severity
from postil.core.persona import from_modelfile
from postil.core.request import LoadOptions, Message, Sampling
from postil.service.personas import load_personas

FULL = '''\
#: role: review
#: title: The strict one
#: languages: Python, rust
#: severity: error..information
#: max-findings: 3
#: method: list
#: min-score: 0.25
#: triggers: save, manual
#: include: src/**
#: exclude: *_test.py, gen/
FROM qwen2.5-coder:7b
PARAMETER temperature 0.1
PARAMETER num_predict 100
PARAMETER stop a
PARAMETER stop "b "
PARAMETER num_ctx 4096
PARAMETER num_thread 2
TEMPLATE {{ .Prompt }}
SYSTEM """Be strict."""
MESSAGE user hello
MESSAGE assistant hi
'''


def test_everything_is_read() -> None:
    persona, problems = from_modelfile("strict", FULL)
    assert problems == ()
    assert persona is not None
    assert (persona.name, persona.role, persona.model, persona.title) == (
        "strict", "review", "qwen2.5-coder:7b", "The strict one",
    )  # fmt: skip
    assert persona.system == "Be strict."
    assert persona.messages == (Message("user", "hello"), Message("assistant", "hi"))
    assert persona.sampling == Sampling(temperature=0.1, max_tokens=100, stop=("a", "b "))
    assert persona.load == LoadOptions(num_ctx=4096, num_thread=2)
    assert persona.num_ctx == 4096
    assert persona.template == "{{ .Prompt }}"
    assert persona.languages == ("python", "rust")
    assert persona.severity == (Severity.INFORMATION, Severity.ERROR)
    assert (persona.max_findings, persona.method, persona.min_score) == (3, "list", 0.25)
    assert persona.triggers == ("save", "manual")
    assert (persona.include, persona.exclude) == (("src/**",), ("*_test.py", "gen/"))
    assert persona.speaks("rust") and not persona.speaks("go")
    assert persona.clamp(Severity.HINT) is Severity.INFORMATION


def test_defaults() -> None:
    persona, problems = from_modelfile("api-docs", "FROM x")
    assert problems == ()
    assert persona is not None
    assert (persona.role, persona.title, persona.method, persona.system) == ("review", "Api docs", "auto", "")
    assert persona.sampling == Sampling()
    assert persona.num_ctx is None
    assert persona.load_options(1234).num_ctx == 1234
    assert persona.speaks("cobol")


@pytest.mark.parametrize(
    ("line", "column", "part"),
    [
        ("#: rôle: review", 3, "unknown key 'rôle'"),
        ("#: max_findings: 3", 3, "unknown key 'max_findings'"),
        ("#: role: reviewer", 9, "use review, complete"),
        ("#:role:  boss", 9, "role: use"),
        ("  #: severity: fatal", 15, "unknown severity"),
        ("#: severity: hint..info..error", 13, "two severities"),
        ("#: max-findings: 0", 17, "from 1 to 1000"),
        ("#: max-findings: ³", 17, "from 1 to 1000"),
        ("#: min-score: nan", 14, "from 0 to 1"),
        ("#: triggers: save, click", 13, "not 'click'"),
        ("#: just words", 0, "use `#: key: value`"),
        ("#: title:", 3, "needs a value"),
        ("PARAMETER num_ctx 0", 18, "at least 1"),
    ],
)
def test_a_wrong_line_refuses_the_persona_and_has_its_place(line: str, column: int, part: str) -> None:
    persona, problems = from_modelfile("x", f"FROM m\n{line}\n")
    assert persona is None
    assert [(p.line, p.column) for p in problems] == [(1, column)]
    assert part in problems[0].message


def test_a_key_stands_once() -> None:
    persona, problems = from_modelfile("x", "#: role: chat\n#: role: review\nFROM m\n")
    assert persona is None
    assert (problems[0].line, problems[0].message) == (1, "role stands twice")


@pytest.mark.parametrize(
    ("line", "severity"),
    [
        ("ADAPTER ./x.gguf", Severity.WARNING),
        ("PARAMETER typical_p 0.5", Severity.INFORMATION),
        ("PARAMETER mirostat 1", Severity.WARNING),
        ("FROM other", Severity.WARNING),
    ],
)
def test_what_is_merely_ignored_does_not_refuse(line: str, severity: Severity) -> None:
    persona, problems = from_modelfile("x", f"FROM m\n{line}\n")
    assert persona is not None
    assert [p.severity for p in problems] == [severity]


def test_comments_inside_a_value_are_no_header() -> None:
    persona, problems = from_modelfile("x", 'FROM m\nSYSTEM """\n#: nonsense\n"""\n')
    assert problems == ()
    assert persona is not None and "#: nonsense" in persona.system


def test_the_digest_follows_what_influences_a_review() -> None:
    persona, _ = from_modelfile("x", FULL)
    assert persona is not None
    same = from_modelfile("x", "# another comment\n" + FULL)[0]
    assert same is not None and same.digest == persona.digest
    changed = [
        replace(persona, system="Be kind."),
        replace(persona, model="other"),
        replace(persona, sampling=replace(persona.sampling, seed=1)),
        replace(persona, num_ctx=8192),
        replace(persona, method="edit"),
        replace(persona, min_score=0.5),
        replace(persona, messages=()),
        replace(persona, max_findings=4),
    ]
    assert len({persona.digest, *(other.digest for other in changed)}) == len(changed) + 1
    assert replace(persona, title="Other", triggers=(), include=()).digest == persona.digest


@given(st.text(max_size=60))
def test_any_header_is_read_or_refused(text: str) -> None:
    persona, problems = from_modelfile("x", f"#: {text}\nFROM m\n")
    assert persona is not None or problems


def test_the_shipped_personas_are_sound() -> None:
    loaded = load_personas()
    assert loaded.problems == ()
    assert loaded.names("review") == ("reviewer",)
    assert loaded.names("complete") == ("completer",)
    assert loaded.personas["reviewer"].method == "edit"
    assert loaded.personas["reviewer"].num_ctx == loaded.personas["completer"].num_ctx  # else Ollama reloads
