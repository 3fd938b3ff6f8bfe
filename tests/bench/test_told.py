"""The evaluations can give requests another number of characters of definitions than the profiles do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from bench import told
from bench.fix.__main__ import Kept, arguments

from postil.core.review import profile

# As `told.py` does, and then as any module of Postil does.
TELLS = (
    "import sys; sys.path[:0] = [sys.argv[1]]; import told; told.use(123)\n"
    "from postil.service.verify import mend\n"
    "print({(one.definitions.fix_chars, one.definitions.review_chars) for one in mend.profiles().values()})\n"
)


def test_all_of_postil_gets_them() -> None:
    command = [sys.executable, "-c", TELLS, str(Path(told.__file__).parent)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "{(123, 123)}", done.stderr
    assert {one.definitions.fix_chars for one in profile.profiles().values()} == {0}, "no profile is told any so far"


def test_it_is_a_program_like_postil() -> None:
    assert told.program(None)[1:] == ["-m", "postil"]
    done = subprocess.run([*told.program(5), "--version"], capture_output=True, text=True, check=False)
    plain = subprocess.run([*told.program(None), "--version"], capture_output=True, text=True, check=False)
    assert done.stdout == plain.stdout != "", done.stderr


def test_results_with_other_definitions_are_not_continued(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    Kept(arguments(["--json", str(file), "--definitions", "5"])).write()
    given = ["--json", str(file), "--resume"]
    assert Kept(arguments([*given, "--definitions", "5"])).results.definitions == 5
    with pytest.raises(SystemExit, match="definitions: 5"):
        Kept(arguments(given))
