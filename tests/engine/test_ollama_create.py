"""Our verdict on Modelfiles and the one of the real `ollama create`: the same, or there is a reason."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from tests import parts

from postil.core.modelfile.parser import decode
from postil.core.persona.persona import from_modelfile
from postil.core.review.finding import Severity

ROWS: list[dict[str, str]] = tomllib.loads(
    (Path(__file__).parents[1] / "data/modelfiles.toml").read_text(encoding="utf-8")
)["row"]


def verdict(data: bytes) -> str:
    """Ours, on a file's bytes."""
    text, wrong = decode(data)
    problems = (*wrong, *from_modelfile("x", text)[1])
    return "error" if any(problem.severity is Severity.ERROR for problem in problems) else "ok"


def data_of(row: dict[str, str], model: str) -> bytes:
    return row["text"].replace("MODEL", model).encode(row.get("encoding", "utf-8"))


def test_the_table_is_a_table() -> None:
    assert len(ROWS) >= 60
    assert len({row["name"] for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert set(row) <= {"name", "text", "encoding", "ours", "ollama", "newest", "reason"}, row["name"]
        assert {row["ours"], row.get("ollama", "ok")} <= {"ok", "error"}, row["name"]
        # Who says that the two differ says why.
        assert ("ollama" in row or "newest" in row) == bool(row.get("reason")), row["name"]
        assert row.get("ollama") != row["ours"], row["name"]


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_our_verdict(row: dict[str, str]) -> None:
    assert verdict(data_of(row, parts.SMALL)) == row["ours"]
