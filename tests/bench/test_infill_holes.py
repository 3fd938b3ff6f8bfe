"""The cases of the infill evaluation are sound: each passes whole, and fails with its hole left empty."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from bench.infill import trial
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


PYTHON = next(hole for hole in HOLES if hole.language == "python")
JAVASCRIPT = next((hole for hole in HOLES if hole.language == "javascript"), None)


def test_what_a_model_wrote_is_ended() -> None:
    assert not passes(PYTHON, "x = [0] * (1 << 40)\n")
    assert not passes(PYTHON, "raise SystemExit(3)\n")
    assert not passes(PYTHON, "while True: pass\n", seconds=0.5)


@pytest.mark.parametrize("text", ["import sys\nsys.exit(0)\n", "import os\nos._exit(0)\n", "raise SystemExit\n"])
def test_an_end_before_the_tests_is_no_pass(text: str) -> None:
    assert not passes(PYTHON, text)


@pytest.mark.skipif(JAVASCRIPT is None, reason="no Node")
@pytest.mark.parametrize("end", ["process.exit(0);", "process.exit();", "while (true) {}"])
def test_an_end_before_the_tests_is_no_pass_in_node(end: str) -> None:
    assert JAVASCRIPT is not None
    assert not passes(JAVASCRIPT, end, seconds=1.0)


@pytest.mark.skipif(JAVASCRIPT is None, reason="no Node")
def test_a_script_that_goes_on_passes_once_its_promise_is_kept(tmp_path: Path) -> None:
    later = "new Promise((done, fail) => setTimeout(%s, 1))"
    for name, promise, passed in (
        ("kept", later % "done", True),
        ("broken", later % "fail", False),
        ("never", "new Promise(() => {})", False),
    ):
        (tmp_path / f"{name}.js").write_text(f"module.exports = {promise};\n", encoding="utf-8")
        assert trial.passes(tmp_path, f"{name}.js") is passed


@pytest.mark.skipif(JAVASCRIPT is None or not sys.platform.startswith("linux"), reason="Node's limit is Linux's")
def test_node_gets_no_more_memory_than_python(tmp_path: Path) -> None:
    hold = "const held = []; for (let i = 0; i < %d; i++) held.push(Buffer.alloc(50 << 20));\n"
    for name, pieces, passed in (("little", 2, True), ("much", 40, False)):
        (tmp_path / f"{name}.js").write_text(hold % pieces, encoding="utf-8")
        assert trial.passes(tmp_path, f"{name}.js") is passed


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has process groups")
def test_what_it_started_ends_with_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    text = (
        f"import os, subprocess\nfile = os.open({str(pipe)!r}, os.O_WRONLY)\nos.write(file, b'x')\n"
        "subprocess.Popen(['sleep', '60'], pass_fds=[file])\n"
    )
    try:
        assert not passes(PYTHON, text)
        assert os.read(reader, 1) == b"x"
        # A pipe is at its end once nobody holds its other one; until then it refuses to be read.
        deadline = time.monotonic() + 10
        while True:
            try:
                assert os.read(reader, 1) == b""
                break
            except BlockingIOError:
                assert time.monotonic() < deadline
    finally:
        os.close(reader)


def test_an_unknown_key_or_a_moved_hole_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    table = '[cases."a.py"]\nsplit = "tune"\nholes = [{ kind = "single", line = 1, column = 5, text = "%s" }]\n'
    (tmp_path / "holes.toml").write_text(table % "2", encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.py:1:5 doesn't hold '2'"):
        holes(tmp_path)
    (tmp_path / "holes.toml").write_text(table % "1" + "more = 1\n", encoding="utf-8")
    with pytest.raises(msgspec.ValidationError, match="more"):
        holes(tmp_path)
