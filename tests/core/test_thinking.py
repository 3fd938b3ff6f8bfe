"""What a model is told about thinking, and the tokens that it gets for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postil.core.models.abilities import Abilities, Fact, Thinking
from postil.core.models.observed import Observed
from postil.core.models.thinking import NO_REASONING, Reasoning, reasoning
from postil.core.request import ChatRequest, Message, Sampling, Think

ASKED = ChatRequest(
    "m", (Message("user", "Rewrite it."),), "```python\n", Sampling(max_tokens=40, stop=("\n```", "END"))
)


@pytest.mark.parametrize(
    ("thinking", "wanted", "told"),
    [
        ("none", True, NO_REASONING),
        ("none", False, NO_REASONING),
        ("switch", False, Reasoning(False)),
        ("switch", True, Reasoning(True, 100, wanted=True)),
        # The switch is a switch: a server that knows no levels would refuse one.
        ("switch", "high", Reasoning(True, 100, wanted=True)),
        ("levels", False, Reasoning("low", 100)),
        ("levels", True, Reasoning("medium", 100, wanted=True)),
        ("levels", "high", Reasoning("high", 100, wanted=True)),
        ("always", False, Reasoning(None, 100)),
        ("always", "low", Reasoning(None, 100, wanted=True)),
    ],
)
def test_what_a_model_is_told(thinking: Thinking, wanted: Think, told: Reasoning) -> None:
    assert reasoning(thinking, wanted, 100) == told


@pytest.mark.parametrize(
    ("given", "least"),
    [
        (NO_REASONING, NO_REASONING),
        (Reasoning(False), Reasoning(False)),
        (Reasoning(True, 100, wanted=True), Reasoning(False)),
        (Reasoning("high", 100, wanted=True), Reasoning("low", 100)),
        (Reasoning(None, 100, wanted=True), Reasoning(None, 100)),
    ],
)
def test_a_sentence_is_worth_no_thought(given: Reasoning, least: Reasoning) -> None:
    assert given.least() == least


def test_a_model_that_is_to_think_begins_its_answer_itself() -> None:
    asked = Reasoning(True, 100, wanted=True).of(ASKED)
    assert (asked.think, asked.think_tokens, asked.prefill) == (True, 100, "")
    assert asked.sampling.stop == ("END",), "a fence would end its first sentence"
    assert (asked.sampling.max_tokens or 0) > 40


@pytest.mark.parametrize("one", [NO_REASONING, Reasoning(False), Reasoning("low", 100)])
def test_otherwise_only_the_fields_change(one: Reasoning) -> None:
    assert replace(one.of(ASKED), think=None, think_tokens=0) == ASKED


def test_what_was_seen_completes_what_was_told() -> None:
    seen = Observed(thinking=Fact("always", "probe", "it thought"))
    assert seen.completed(Abilities()).thinking.value == "always"
    stated = Abilities(thinking=Fact("none", "settings"))
    assert seen.completed(stated).thinking.value == "none"
    assert seen.also(Observed(thinking=Fact("switch", "probe"))).thinking == seen.thinking
