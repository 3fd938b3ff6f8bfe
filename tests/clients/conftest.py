"""One Neovim with a scripted model for all tests of ghost text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.clients.neovim import Neovim, neovim


def writes(text: str, contains: str, **more: Any) -> dict[str, Any]:
    """The model's answer in small pieces."""
    return {"kind": "infill", "match": {"contains": contains}, "chunks": [{"text": char} for char in text], **more}


# Each test has its own words: one server answers all.
RULES = [
    writes("sum(prices) / 2\n", "total = ", times=1),
    writes("max(prices) + 1\n", "best = ", times=1),
    writes("min(prices) - 1\n", "best = "),
    writes("if prices:\n        return 1\n    return 0\n", "def first():"),
    writes("return 3\n", "def indented():"),
    writes("prices) + 1\n", "cost = "),
    writes("价格é\n", "été"),
    writes("new\n", "second = "),
    writes("len(prices)\n", "number = "),
    writes("abs(prices)\n", "size = "),
    writes("key(prices)\n", "mine = "),
    writes("ask(prices)\n", "later = "),
    writes("way(prices)\n", "another = "),
    writes("opt(prices)\n", "optional = "),
]


@pytest.fixture(scope="session")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The answer to `first = ` waits until there is such a file."""
    return tmp_path_factory.mktemp("gate") / "gate"


@pytest.fixture(scope="session")
def editor(tmp_path_factory: pytest.TempPathFactory, gate: Path) -> Iterator[Neovim]:
    """The Neovim; each test has a file of its own."""
    rules = [*RULES, writes("old\n", "first = ", hold=str(gate))]
    with neovim(tmp_path_factory.mktemp("ghost"), rules=rules) as started:
        yield started
