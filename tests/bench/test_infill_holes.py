"""The cases of the infill evaluation are sound: each passes whole, and fails with its hole left empty."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest
from bench.infill.holes import Hole, holes, passes, runnable

HOLES = [hole for hole in holes() if runnable(hole)]


@pytest.mark.parametrize("hole", HOLES, ids=lambda hole: hole.name)
def test_a_hole_matters_to_the_tests(hole: Hole) -> None:
    assert passes(hole, hole.before + hole.wanted + hole.after)
    assert not passes(hole, hole.before + hole.after)


def test_there_are_enough_of_each_kind_and_a_third_is_held_out() -> None:
    kinds = Counter(hole.kind for hole in holes())
    assert kinds["single"] >= 36 and kinds["span"] >= 18 and kinds["multi"] >= 18
    files = {hole.file: hole.split for hole in holes()}
    assert 3 * list(files.values()).count("held-out") == len(files)


def test_what_a_model_wrote_is_ended() -> None:
    hole = HOLES[0] if HOLES[0].language == "python" else next(one for one in HOLES if one.language == "python")
    assert not passes(hole, "x = [0] * (1 << 40)\n")
    assert not passes(hole, "raise SystemExit(3)\n")


def test_an_unknown_key_or_a_moved_hole_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    table = '[cases."a.py"]\nsplit = "tune"\nholes = [{ kind = "single", line = 1, column = 5, text = "%s" }]\n'
    (tmp_path / "holes.toml").write_text(table % "2", encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.py:1:5 doesn't hold '2'"):
        holes(tmp_path)
    (tmp_path / "holes.toml").write_text(table % "1" + "more = 1\n", encoding="utf-8")
    with pytest.raises(msgspec.ValidationError, match="more"):
        holes(tmp_path)
