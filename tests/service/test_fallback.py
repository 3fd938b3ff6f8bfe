"""What takes the place of a model that doesn't fit into memory."""

from __future__ import annotations

import pytest
from tests.service.reviewing import calibration

from postil.core.syntax.split import plan
from postil.core.syntax.units import Unit
from postil.engine.base import EngineFacts, ModelInfo, OutOfMemory
from postil.engine.scripted import Rule, ScriptedEngine
from postil.service.personas.load import load_personas
from postil.service.review.cache import ReviewCache
from postil.service.review.context import ReviewContext
from postil.service.review.events import UnitFinished
from postil.service.review.fallback import Fallback, next_smaller
from postil.service.review.units import review_units
from postil.settings import ReviewSettings, Settings

BIG, MIDDLE, SMALL = "qwen2.5-coder:3b", "qwen2.5-coder:1.5b", "qwen2.5-coder:0.5b"


def facts(*names: str, size: int | None = None) -> EngineFacts:
    return EngineFacts("ollama", "here", tuple(ModelInfo(name, size=size) for name in names))


@pytest.mark.parametrize(
    ("held", "name", "smaller"),
    [
        ((BIG, MIDDLE, SMALL), BIG, MIDDLE),
        ((BIG, SMALL), BIG, SMALL),
        ((SMALL, BIG), SMALL, None),
        ((BIG,), BIG, None),
        ((), BIG, None),
        (("mine:latest", SMALL, "embeddings:tiny"), "mine:latest", SMALL),
        (("mine:latest", BIG), "mine:latest", None),
    ],
)
def test_the_next_smaller_one_that_is_there(held: tuple[str, ...], name: str, smaller: str | None) -> None:
    assert next_smaller(facts(*held, size=1_000_000_000), name, "review") == smaller


def test_of_a_model_without_a_size_nothing_is_known() -> None:
    assert next_smaller(facts("mine:latest", SMALL), "mine:latest", "review") is None


def units() -> list[Unit]:
    function = "def {0}(first):\n    total = first - 1\n    return total\n\n\n"
    # The third is the first once more, further down.
    return plan("".join(function.format(name) for name in ("one", "two", "one")), "python")


async def test_what_was_read_is_not_read_again_and_the_choice_is_remembered() -> None:
    rules = [Rule("def two", error="memory", model=BIG)]
    engine = ScriptedEngine(rules)
    fallback, told = Fallback(), []
    context = ReviewContext(
        engine, BIG, load_personas().personas["reviewer"], Settings(), ReviewCache(), facts(BIG, MIDDLE, SMALL)
    )
    done = [
        event.unit.first_line
        async for event in review_units(context, units(), fallback, told.append)
        if isinstance(event, UnitFinished)
    ]
    assert sorted(done) == [unit.first_line for unit in units()]
    assert fallback.smaller == {BIG: MIDDLE}
    assert len(told) == 1 and f"{MIDDLE} takes its place" in told[0]
    assert Fallback({BIG: MIDDLE, MIDDLE: SMALL}).model(BIG) == SMALL


async def test_what_was_found_out_about_a_model_says_nothing_of_the_smaller_one() -> None:
    rules = [
        Rule("def one", error="memory", model=BIG),
        Rule("def one", echo=True, replace=(("first - ", "first + "),)),
    ]
    context = ReviewContext(
        ScriptedEngine(rules),
        BIG,
        load_personas().personas["reviewer"],
        Settings(review=ReviewSettings(min_score=0)),
        ReviewCache(),
        facts(BIG, MIDDLE, SMALL),
        calibration=calibration(),
    )
    fallback = Fallback()
    ends = [
        event
        async for event in review_units(context, units()[:1], fallback, lambda _: None)
        if isinstance(event, UnitFinished)
    ]
    assert fallback.smaller == {BIG: MIDDLE}
    assert [one.standing for end in ends for one in end.findings] == ["chance"]


async def test_without_a_smaller_one_the_error_goes_on() -> None:
    engine = ScriptedEngine([Rule("", error="memory")])
    context = ReviewContext(
        engine, BIG, load_personas().personas["reviewer"], Settings(), ReviewCache(), facts(BIG, SMALL)
    )
    told: list[str] = []
    with pytest.raises(OutOfMemory):
        _ = [event async for event in review_units(context, units(), Fallback(), told.append)]
    assert len(told) == 1
