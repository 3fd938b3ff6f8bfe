"""How long a completion waits for the next key."""

from __future__ import annotations

import pytest

from postil.core.completion.debounce import PAUSE, SLACK, Debounce


def test_the_first_key_after_a_pause_waits_for_nothing() -> None:
    pace = Debounce()
    assert pace.asked(100.0) == 0
    assert pace.asked(100.0 + PAUSE) == 0


def test_while_one_types_a_key_waits_a_little_longer_than_the_next_takes() -> None:
    pace = Debounce()
    pace.took(2.0)
    delays = [pace.asked(100 + number * 0.08) for number in range(20)]
    assert delays[0] == 0
    assert all(delay > 0.08 for delay in delays[1:])
    assert delays[-1] == pytest.approx(0.08 * SLACK, rel=0.1)


def test_a_quick_engine_is_asked_sooner() -> None:
    quick, slow = Debounce(), Debounce()
    quick.took(0.05)
    slow.took(5.0)
    assert [pace.asked(1.0) for pace in (quick, slow)] == [0, 0]
    assert quick.asked(1.1) < slow.asked(1.1)
    assert quick.asked(1.2) <= 0.05
