"""Slots: ghost text's own, and what becomes of the rest."""

from __future__ import annotations

from contextlib import ExitStack

from postil.core.request import ChatRequest, InfillRequest
from postil.engine.openai.slots import INTERACTIVE, Slots

GHOST = InfillRequest("m", "before", "after")
JUDGED = InfillRequest("m", "before", "after", lane="background")
REVIEW = ChatRequest("m", ())
FIX = ChatRequest("m", (), lane="interactive")


def test_ghost_text_has_the_first_slot_and_nothing_else_asks_for_it() -> None:
    slots = Slots(4)
    with ExitStack() as held:
        assert held.enter_context(slots.taken(GHOST)) == INTERACTIVE
        # One that is about to be over, and the next.
        assert held.enter_context(slots.taken(GHOST)) == INTERACTIVE
        assert [held.enter_context(slots.taken(asked)) for asked in (REVIEW, JUDGED, REVIEW)] == [1, 2, 3]


def test_who_finds_all_taken_leaves_the_choice_to_the_server() -> None:
    slots = Slots(2)
    with slots.taken(REVIEW) as first, slots.taken(REVIEW) as second:
        assert (first, second) == (1, None)


def test_the_slot_that_was_used_last_is_the_next() -> None:
    slots = Slots(3)
    one, two = slots.taken(REVIEW), slots.taken(REVIEW)
    assert (one.__enter__(), two.__enter__()) == (1, 2)
    two.__exit__(None, None, None)
    one.__exit__(None, None, None)
    with slots.taken(JUDGED) as next_one, slots.taken(JUDGED) as other:
        assert (next_one, other) == (1, 2)


def test_a_chat_that_somebody_waits_for_takes_any() -> None:
    with Slots(3).taken(FIX) as slot:
        assert slot is None


def test_one_slot_is_everybodys() -> None:
    slots = Slots(1)
    with slots.taken(GHOST) as ghost, slots.taken(REVIEW) as review:
        assert (ghost, review) == (None, None)
