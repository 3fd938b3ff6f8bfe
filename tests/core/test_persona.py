"""Personas from Modelfiles: what is read, what is refused, and what a digest depends on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.modelfile.parser import parse
from postil.core.persona.persona import from_modelfile
from postil.core.request import LoadOptions, Message, Sampling
from postil.core.review.finding import Severity, Span
from postil.core.review.profile import UNMEASURED, profiles
from postil.core.review.prompt import UnitPrompt, edit_request, list_request, why_request
from postil.core.review.rewrite import Hunk
from postil.core.syntax.units import Unit
from postil.service.personas.load import load_personas
from postil.settings import Settings

FULL = '''\
#: role: review
#: title: The strict one
#: languages: Python, rust
#: severity: error..information
#: max-findings: 3
#: method: list
#: min-score: 0.25
#: think: low
#: triggers: save, manual
#: include: src/**
#: exclude: *_test.py, gen/
#: looks-for: race condition
#: answer-in: 简体中文
#: evidence: tests, ruff
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
    assert persona.evidence == ("tests", "ruff")
    assert persona.messages == (Message("user", "hello"), Message("assistant", "hi"))
    assert persona.sampling == Sampling(temperature=0.1, max_tokens=100, stop=("a", "b "))
    assert persona.load == LoadOptions(num_ctx=4096, num_thread=2)
    assert persona.num_ctx == 4096
    assert persona.template == "{{ .Prompt }}"
    assert persona.languages == ("python", "rust")
    assert persona.severity == (Severity.INFORMATION, Severity.ERROR)
    assert (persona.max_findings, persona.method, persona.min_score, persona.think) == (3, "list", 0.25, "low")
    assert persona.triggers == ("save", "manual")
    assert (persona.include, persona.exclude) == (("src/**",), ("*_test.py", "gen/"))
    assert (persona.looks_for, persona.answer_in) == ("race condition", "简体中文")
    assert persona.speaks("rust") and not persona.speaks("go")


def test_defaults() -> None:
    persona, problems = from_modelfile("api-docs", "FROM x")
    assert problems == ()
    assert persona is not None
    assert (persona.role, persona.title, persona.method, persona.system) == ("review", "Api docs", "auto", "")
    assert persona.sampling == Sampling()
    assert persona.num_ctx is None
    assert persona.load_options(1234).num_ctx == 1234
    assert persona.speaks("cobol")
    assert (persona.looks_for, persona.answer_in) == ("defect", "")


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
        ("#: think: max", 10, "use false, true, low"),
        ("#: triggers: save, click", 13, "not 'click'"),
        ("#: just words", 0, "use `#: key: value`"),
        ("#: title:", 3, "needs a value"),
        ("#: looks-for: `rm`", 14, "without backticks"),
        ("#: looks-for: a\u2028b", 14, "control characters"),
        (f"#: looks-for: {'x' * 61}", 14, "at most 60 characters, not 61"),
        (f"#: answer-in: {'中' * 41}", 14, "at most 40 characters, not 41"),
        ("#: answer-in: a\x07b", 14, "control characters"),
        ("#: looks_for: bugs", 3, "unknown key 'looks_for'"),
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
        replace(persona, think=True),
        replace(persona, messages=()),
        replace(persona, max_findings=4),
        replace(persona, looks_for="typo"),
        replace(persona, answer_in="Deutsch"),
    ]
    assert len({persona.digest, *(other.digest for other in changed)}) == len(changed) + 1
    assert replace(persona, title="Other", triggers=(), include=()).digest == persona.digest


@given(st.text(max_size=60))
def test_any_header_is_read_or_refused(text: str) -> None:
    persona, problems = from_modelfile("x", f"#: {text}\nFROM m\n")
    assert persona is not None or problems


# The wording was measured: another byte is another measurement.
EDIT = (
    "```python\ndef f():\n    return 1\n```\n\n"
    "The code above has exactly one defect. Rewrite it with that defect fixed. Change as few lines as possible and "
    "keep everything else exactly as it is. Reply with the code only."
)
LIST = (
    "```python\ndef f():\n    return 1\n```\n\n"
    "Report the real defects of the code above: wrong results, crashes, infinite loops, leaks, security holes. No "
    "style remarks. Most code is correct: then the list is empty. Reply in JSON: "
    '{"findings": [{"quote": the faulty line of code copied exactly, "fixed": the corrected line, '
    '"message": what is wrong, in one sentence, "severity": "error" or "warning"}]}'
)
WHY = (
    "In one plain sentence of at most 25 words, say what goes wrong at run time in the original code because of "
    "`return 1`. Don't mention the rewrite, don't quote code longer than a name."
)
WHY_MISSING = (
    "In one plain sentence of at most 25 words, say what goes wrong at run time in the original code, which lacks "
    "`return 2`. Don't mention the rewrite, don't quote code longer than a name."
)

SHIPPED = load_personas()
PROFILE = profiles()[UNMEASURED]
UNIT = Unit("function", "f", "python", 0, 2, "def f():\n    return 1", 1)
HUNK = Hunk(Span(1, 2), ("    return 1",), ("    return 2",), 19)


def said(name: str) -> tuple[str, str, str, str]:
    """What a shipped persona asks about UNIT: to rewrite, to list, why, why something is missing."""
    asked = UnitPrompt("m", PROFILE, SHIPPED.personas[name], UNIT, 8192)
    missing = Hunk(Span(1, 1), (), HUNK.new, 9)
    requests = (edit_request(asked), list_request(asked, "", 3), *(why_request(asked, h, "") for h in (HUNK, missing)))
    edit, listed, why, lacks = (request.messages[-1].content for request in requests)
    return edit, listed, why, lacks


def test_the_shipped_personas_and_their_roles() -> None:
    assert SHIPPED.problems == ()
    assert SHIPPED.names("review") == ("api-docs", "performance", "reviewer-zh", "reviewer", "security", "tests")
    assert (SHIPPED.names("complete"), SHIPPED.names("chat")) == (("completer",), ())
    methods = {name: SHIPPED.personas[name].method for name in SHIPPED.names("review")}
    assert {name for name, method in methods.items() if method == "list"} == {"api-docs", "tests"}
    assert "auto" not in methods.values()
    # A small model lists badly: it is asked to, or it is silent.
    assert all(SHIPPED.personas[name].triggers == ("manual",) for name in ("api-docs", "tests"))
    # Another model or context and Ollama loads it a second time.
    assert len({(persona.model, persona.num_ctx) for persona in SHIPPED.personas.values()}) == 1
    # Only this one is on until the user says otherwise.
    assert Settings().review.personas == ("reviewer",)


@pytest.mark.parametrize("name", SHIPPED.personas)
def test_a_shipped_persona_says_what_it_is_for(name: str) -> None:
    text = SHIPPED.files[name].path.read_text(encoding="utf-8")
    modelfile, problems = parse(text)
    assert problems == ()
    purpose = [comment.text for comment in modelfile.comments if comment.line < modelfile.commands[0].line]
    assert sum(line.startswith("# ") for line in purpose) >= 4
    assert f"# Use it with Ollama alone: ollama create {name} -f {name}.Modelfile" in purpose
    assert any(line.startswith("#: title: ") for line in purpose)
    # Each parameter has its reason above it.
    lines = text.split("\n")
    assert all(lines[command.line - 1].startswith("# ") for command in modelfile.all("parameter"))


@pytest.mark.parametrize("name", SHIPPED.names("review"))
def test_a_shipped_personas_prompts_leave_room_for_code(name: str) -> None:
    persona = SHIPPED.personas[name]
    # Thirty lines of forty characters, in the smallest context that anybody would choose.
    lines = ["def f():", *(f"    value = compute(value, other, {'x' * 6})" for _ in range(29))]
    asked = UnitPrompt("m", PROFILE, persona, Unit("function", "f", "python", 0, 30, "\n".join(lines), 1), 2048)
    assert asked.fits_list(persona.max_findings) if persona.method == "list" else asked.fits_rewrite()


@pytest.mark.parametrize("name", ["reviewer", "completer"])
def test_the_measured_prompts_are_what_they_were(name: str) -> None:
    assert said(name) == (EDIT, LIST, WHY, WHY_MISSING)


def test_a_persona_looks_for_what_it_says() -> None:
    edit, listed, *why = said("security")
    assert edit == EDIT.replace("defect", "security hole")
    assert "report each security hole and nothing else" in listed and "defect" not in listed
    assert why == [WHY, WHY_MISSING]


def test_only_the_sentence_for_the_user_is_asked_for_in_another_language() -> None:
    asked = " Write the sentence in 简体中文."
    assert said("reviewer-zh") == (EDIT, LIST + asked, WHY + asked, WHY_MISSING + asked)
