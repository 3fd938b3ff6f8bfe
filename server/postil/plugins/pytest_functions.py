"""A plugin for pytest that tells which functions of the workspace each test runs.

It is copied beside a scratch copy and runs in the Python of the user's project (3.8 and newer), not in Postil's. Writes
to the file POSTIL_FUNCTIONS, for each test, a line of JSON: {"test": node id, "functions": [[path, line], ...]}, lines
counted from 1, in the order of the first calls. Only files below POSTIL_WORKSPACE are told.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from types import CodeType, FrameType

import pytest

_FILE = Path(os.environ.get("POSTIL_FUNCTIONS", os.devnull))
_WORKSPACE = os.environ.get("POSTIL_WORKSPACE", "") + os.sep
# Of one test. A test that runs more is no help in finding one of them.
_MOST = 2000


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, None, None]:
    """Looks at the calls while the test and its fixtures run."""
    called: dict[CodeType, None] = {}

    def profile(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and len(called) < _MOST:
            called.setdefault(frame.f_code)

    before = sys.getprofile()
    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(before)
        threading.setprofile(None)  # type: ignore[arg-type]
        _tell(item.nodeid, called)


def _tell(test: str, called: dict[CodeType, None]) -> None:
    functions: list[tuple[str, int]] = []
    for code in called:
        path = os.path.realpath(code.co_filename)
        if path.startswith(_WORKSPACE):
            functions.append((path, code.co_firstlineno))
    try:
        # Several processes may write, each a whole line at once.
        with _FILE.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"test": test, "functions": functions}) + "\n")
    except OSError:
        return
