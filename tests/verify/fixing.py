"""A fix with the scripted engine: a small project with a failing test, what the model answers, and the events."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, TypeVar

import psutil
from tests.service.reviewing import Reviewing

from postil.engine.scripted import Chunk, Rule
from postil.service.review.context import ReviewContext
from postil.service.verify.copy.scratch import PREFIX
from postil.service.verify.events import Ended, FixEvent
from postil.service.verify.look import Scope
from postil.service.verify.repair import find_fix
from postil.service.verify.work import FixRequest

PYTEST = f"{sys.executable} -m pytest -q"
CODE = '''\
"""A shop."""


def total(items):
    """The sum of all prices."""
    result = 0
    for i in range(len(items) - 1):
        result += items[i]
    return result


def most(items):
    return max(items)
'''
TESTS = """\
from shop.cart import most, total


def test_total():
    assert total([1, 2, 3]) == 6


def test_most():
    assert most([1, 3, 2]) == 3
"""
# The rest of `total` behind its head, as a model continues it.
WRONG = "    result = 1\n    for i in range(len(items) - 1):\n        result += items[i]\n    return result\n```"
RIGHT = "    result = 0\n    for i in range(len(items)):\n        result += items[i]\n    return result\n```"
# The largest change: whatever waits beside it is checked first.
LONGEST = (
    "    result = 0\n    prices = []\n    for item in items:\n        prices.append(item)\n    while prices:\n"
    "        price = prices.pop()\n        result = result + price\n    return result\n```"
)
LONGER = "    result = 0\n    for item in items:\n        result += item\n    return result\n```"

E = TypeVar("E")


def project(folder: Path, files: dict[str, str] | None = None, *, git: bool = True) -> Path:
    """A workspace with these files, by default a package whose `total` leaves out the last item."""
    top = folder / "shopping"
    default = {"shop/__init__.py": "", "shop/cart.py": CODE, "tests/test_cart.py": TESTS, "pyproject.toml": ""}
    for name, text in (default if files is None else files).items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if git:
        run = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(top)]
        subprocess.run(["git", "init", "-q", str(top)], check=True)
        subprocess.run([*run, "add", "."], check=True)
        subprocess.run([*run, "commit", "-q", "-m", "all"], check=True)
    return top


class Fixing:
    """Looks for a fix in `top` with these answers of the model, one after the other; then it writes WRONG. In a sweep
    it writes `lines` in the place of their keys, and the others as they are. `which`: the suspect that it names."""

    def __init__(
        self,
        folder: Path,
        top: Path,
        *answers: str,
        after: float = 0.0,
        lines: dict[str, str] | None = None,
        which: str = "",
        **settings: Any,
    ) -> None:
        rules = [Rule("", chunks=(Chunk(text, after),), times=1) for text in answers]
        rules += [Rule(old, "line", chunks=(Chunk(new),)) for old, new in (lines or {}).items()]
        rules.append(Rule("", "which", chunks=(Chunk(which),)))
        self.reviewing = Reviewing(folder, *rules, Rule("", chunks=(Chunk(WRONG, after),)), **settings)
        self.top = top
        self.events: list[FixEvent] = []
        self.opened = 0

    async def context(self) -> ReviewContext:
        self.opened += 1
        return self.reviewing.context

    def request(self, command: str = PYTEST, **more: Any) -> FixRequest:
        values: dict[str, Any] = {
            "folder": self.top,
            "samples": 8,
            "seconds": 120.0,
            "scope": Scope(),
            "mechanical": False,
            **more,
        }
        return FixRequest(command, self.top, **values)

    async def run(self, command: str = PYTEST, **more: Any) -> Ended:
        async with aclosing(find_fix(self.request(command, **more), self.context)) as events:
            async for event in events:
                self.events.append(event)
        end = self.events[-1]
        assert isinstance(end, Ended)
        return end

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]


def tree(top: Path) -> dict[str, bytes]:
    """All files of a workspace but git's own."""
    return {
        path.relative_to(top).as_posix(): path.read_bytes()
        for path in sorted(top.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


def copies() -> list[Path]:
    """The scratch copies of this process."""
    return list(Path(tempfile.gettempdir()).glob(f"{PREFIX}{os.getpid()}-*"))


def running(word: str) -> Sequence[psutil.Process]:
    """The processes whose command line has the word."""
    return [one for one in psutil.process_iter(["cmdline"]) if word in " ".join(one.info["cmdline"] or [])]
