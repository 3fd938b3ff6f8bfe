"""What is sent to the catalogue's models, byte for byte: a change here is a change of what was measured."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from postil.core.actions.request import ActionInput, action_request, subject_of
from postil.core.completion.prompt import infill_request
from postil.core.completion.window import window
from postil.core.models.catalogue import catalogue
from postil.core.persona.persona import Persona
from postil.core.request import ChatRequest, InfillRequest, LoadOptions, Message, Sampling
from postil.core.review.finding import Span
from postil.core.review.prompt import (
    UnitPrompt,
    edit_request,
    fix_request,
    in_context_request,
    list_request,
    why_request,
)
from postil.core.review.rewrite import Hunk
from postil.core.review.scoring import score
from postil.core.suppression.baseline import Dismissal
from postil.core.syntax.units import Unit
from postil.service.personas.load import load_personas

# Written by the code as it was before there were profiles.
PINNED: dict[str, Any] = json.loads(Path(__file__).with_name("pinned_prompts.json").read_text(encoding="utf-8"))
MODEL = "qwen2.5-coder:1.5b"
PROFILE = catalogue().profile_of(MODEL)
LINES = ["def add(a, b):", '    """Both: `x` {} 中 12."""', "    total = a - b", "    print(total)", "    return total"]
UNIT = Unit("function", "add", "python", 10, 15, "\n".join(LINES), 2)
BEFORE = len("\n".join(LINES[:2])) + 1
REPLACED = Hunk(Span(2, 3), (LINES[2],), ("    total = a + b",), BEFORE + len("    total = a"))
INSERTED = Hunk(Span(3, 3), (), ("    if not {}:", "        raise"), BEFORE + len(LINES[2]) + 1)
DISMISSED = tuple(
    Dismissal(persona="reviewer", path="a", unit="b", code=code, suggested=suggested, digest="", around="")
    for code, suggested in (("    a\n  =  `1`", "b"), ("x" * 400, ""))
)
# Everything that a persona can put into a prompt, with braces that are no placeholders.
WORDY = Persona(
    "wordy",
    "review",
    "m",
    system="You read {noun}.",
    messages=(Message("user", "Ready?"), Message("assistant", "Yes.")),
    sampling=Sampling(temperature=0.25, seed=7, max_tokens=5, stop=("<end>",)),
    load=LoadOptions(num_thread=3),
    looks_for="{language} {noun}",
    answer_in="简体中文",
)
PERSONAS = load_personas().personas
FILE = "import os\n\n\n" + "\n".join(LINES) + "\n"


def shown(request: ChatRequest | InfillRequest | None) -> dict[str, Any]:
    """All of a request that is sent and isn't empty, as JSON has it."""
    assert request is not None
    rows: dict[str, Any] = json.loads(json.dumps(asdict(request)), object_hook=_sent)
    return {key: value for key, value in rows.items() if key != "purpose" and value != 0}


def _sent(row: dict[str, Any]) -> dict[str, Any]:
    """Of a message: without what isn't there. Nothing else has a content."""
    if "content" in row or "messages" in row or "prefix" in row:
        return {key: value for key, value in row.items() if value not in (None, "", [])}
    return row


@pytest.mark.parametrize("dismissed", [(), DISMISSED], ids=["", "dismissed"])
@pytest.mark.parametrize("persona", [PERSONAS["reviewer"], PERSONAS["security"], WORDY], ids=lambda one: one.name)
def test_requests_of_a_review(persona: Persona, dismissed: tuple[Dismissal, ...]) -> None:
    def prompt(num_ctx: int) -> UnitPrompt:
        return UnitPrompt(MODEL, PROFILE, persona, UNIT, num_ctx, dismissed)

    asked = prompt(4096)
    requests = {
        "edit": edit_request(asked),
        "edit-from-4": edit_request(asked, 4),
        "fix": fix_request(asked, Span(2, 3), "It {old} subtracts."),
        "fix-from-3": fix_request(asked, Span(2, 3), "It subtracts.", 3),
        "why": why_request(asked, REPLACED, "x"),
        "why-missing": why_request(asked, INSERTED, "x"),
        "in-context": in_context_request(asked, REPLACED),
        "list": list_request(asked, "{}", 3),
    }
    pinned = PINNED[f"{persona.name}{'+dismissed' if dismissed else ''}"]
    for name, request in requests.items():
        assert shown(request) == pinned[name], name
    sizes = range(100, 800)
    least = [next(n for n in sizes if prompt(n).fits_rewrite()), next(n for n in sizes if prompt(n).fits_list(2))]
    assert least == pinned["fits"]


@pytest.mark.parametrize(
    "persona", [one for one in PERSONAS.values() if one.role == "action"], ids=lambda one: one.name
)
@pytest.mark.parametrize("span", [Span(4, 4), Span(5, 6)], ids=["unit", "line"])
def test_requests_of_an_action(persona: Persona, span: Span) -> None:
    subject = subject_of(FILE, "python", span)
    assert subject is not None
    given = ActionInput("{path} please", "src/a.py", "tests/test_a.py", "import os")
    request = action_request(MODEL, persona, subject, 4096, given, prefill=True)
    assert shown(request) == PINNED[f"action {persona.name}"][f"{span.first}-{span.last}"]


@pytest.mark.parametrize("number", [0, 1])
def test_requests_of_a_completion(number: int) -> None:
    persona = PERSONAS["completer"]
    seen = window(FILE, "\nx", 2000, 200)
    request = infill_request(MODEL, PROFILE, persona, persona.load_options(4096), seen, number)
    assert shown(request) == PINNED["completer"][number]


def test_scores() -> None:
    assert [score(odds, PROFILE) for odds in (-3.0, 0.0, 0.5, 4.0, 9.0)] == pytest.approx(PINNED["scores"])


def test_estimated_tokens() -> None:
    assert [PROFILE.estimate_tokens(text) for text in ("", "abc", FILE, "中文12", "x" * 1000)] == PINNED["tokens"]
