"""The soak, for some seconds: what is bounded stays so, and a leak is seen."""

from __future__ import annotations

import pytest
from bench.soak import FLAT, Soaked, arguments, run

# The least that pygls keeps of a round's hundred edits, in KiB.
LEAK = 100.0
# A short run sees more of what the allocator does by itself.
NOISE = 4 * FLAT


async def test_memory_stays_flat_while_a_server_works() -> None:
    soaked = await run(arguments(["--seconds", "25", "--interval", "1"]))
    assert len(soaked.measured) > 5 and soaked.samples[-1][1] > 10, soaked
    assert soaked.per_round < NOISE, soaked


async def test_a_server_that_leaks_is_found_out() -> None:
    """The control: plain pygls, and only its edits."""
    soaked = await run(arguments(["--seconds", "8", "--interval", "0.5", "--engine", "none"]))
    assert soaked.per_round > LEAK and not soaked.flat, soaked


def test_the_slope_is_that_of_the_measured_part() -> None:
    soaked = Soaked(
        90.0, [(0.0, 0, 0), (30.0, 10, 2**20), (60.0, 20, 2**20 + 10 * 1024), (90.0, 30, 2**20 + 20 * 1024)]
    )
    assert (soaked.per_round, soaked.per_minute, soaked.flat) == (pytest.approx(1.0), pytest.approx(20.0), True)
    with pytest.raises(ValueError):
        assert Soaked(90.0, [(80.0, 1, 1)]).flat
