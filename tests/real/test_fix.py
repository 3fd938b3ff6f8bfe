"""A program whose pytest fails, mended by real weights and proved by that pytest."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import pytest
from tests import parts
from tests.verify.fixing import PYTEST, copies, project, tree

from postil.cli.review.engine import open_contexts
from postil.service.personas.load import load_personas
from postil.service.review.context import ReviewContext
from postil.service.verify.apply import apply_changes
from postil.service.verify.events import Ended, changes_of
from postil.service.verify.repair import find_fix
from postil.service.verify.work import FixRequest
from postil.settings import EmbeddedSettings, Settings

CODE = '''\
"""Prices of a shop."""


def total(items):
    """The sum of all prices."""
    result = 0
    for price in items:
        result -= price
    return result


def discounted(items, percent):
    """The total less a discount."""
    return total(items) * (100 - percent) / 100
'''
TESTS = """\
from cart import discounted, total


def test_total():
    assert total([1, 2, 3]) == 6


def test_discounted():
    assert discounted([50, 50], 10) == 90


def test_none():
    assert total([]) == 0
"""


@pytest.mark.real_embedded
async def test_a_failing_test_is_mended(tmp_path: Path, embedded_gguf: Path) -> None:
    top = project(tmp_path, {"cart.py": CODE, "test_cart.py": TESTS})
    before = tree(top)
    embedded = EmbeddedSettings(model_path=str(embedded_gguf), threads=parts.THREADS)
    settings = Settings(engine="embedded", embedded=embedded, num_ctx=2048)
    opened = await open_contexts(settings, [load_personas().personas["reviewer"]], pull=False)

    async def context() -> ReviewContext:
        return opened.contexts[0]

    try:
        # Two cores that others use too.
        request = FixRequest(PYTEST, top, top, samples=8, seconds=600.0)
        async with aclosing(find_fix(request, context)) as events:
            found = [event async for event in events]
    finally:
        await opened.aclose()
    end = found[-1]
    assert isinstance(end, Ended) and end.fixed is not None, found
    assert end.words == "all 3 tests pass" and end.fixed.patch.path == "cart.py"
    assert tree(top) == before and copies() == []
    apply_changes(changes_of([end.fixed]))
    names = {name for name, data in tree(top).items() if before[name] != data}
    assert names == {"cart.py"}
