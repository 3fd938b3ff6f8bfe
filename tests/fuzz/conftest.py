"""The scripted server of tests/lsp, and one whose client counts."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from tests.fuzz.counting import Counted, counting
from tests.lsp.conftest import journal, play

__all__ = ["journal", "play"]


@pytest.fixture
def counted(tmp_path: Path) -> Counted:
    """`counted(rules, **serving's)`."""
    return partial(counting, tmp_path)
