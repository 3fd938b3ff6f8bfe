"""A server with a scripted engine, and what its journal says."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from tests.lsp.client import Client, serving

Play = Callable[..., AbstractAsyncContextManager[Client]]
# Whatever the score's weights: these tests are about order and places.
ALL = {"review": {"min_score": 0}}


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """`play(rules, **serving's)`: a server whose model follows the rules."""

    def start(rules: list[dict[str, Any]], **more: Any) -> AbstractAsyncContextManager[Client]:
        script = tmp_path / "script.json"
        script.write_text(json.dumps(rules), encoding="utf-8")
        arguments = ("--engine-script", str(script), "--engine-journal", str(tmp_path / "journal"))
        return serving(tmp_path, arguments=arguments, **{"options": ALL, **more})

    return start


@pytest.fixture
def journal(tmp_path: Path) -> Callable[[], list[tuple[str, str, str]]]:
    """What was asked so far: (event, kind, name of the function)."""

    def read() -> list[tuple[str, str, str]]:
        path = tmp_path / "journal"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        steps = [json.loads(line) for line in lines]
        # A question about a line alone has no code around it, and so no name.
        return [(step["event"], step["kind"], step["contains"].partition("(")[0].rpartition(" ")[2]) for step in steps]

    return read


def stopped(steps: list[tuple[str, str, str]], kind: str, name: str = "") -> bool:
    """Whether the model was left, of that function if one is named: cancelled while the engine waited, or closed
    between two words, as it happens."""
    return any(step[0] in ("cancelled", "closed") and step[1] == kind and name in ("", step[2]) for step in steps)
