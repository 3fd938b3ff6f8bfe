"""A small project whose test fails, a client that sees its notes, and the model that mends it."""

from __future__ import annotations

import json
import os
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from tests.lsp.client import CAPABILITIES, Client, serving

COMMAND = f"{sys.executable} -m unittest discover -s tests -t ."
CODE = '''\
"""A shop."""


def total(items):
    """The sum of all prices."""
    result = 0
    for i in range(len(items) - 1):
        result += items[i]
    return result
'''
FIXED = CODE.replace("len(items) - 1", "len(items)")
TESTS = """\
import unittest

from shop.cart import total


class TestCart(unittest.TestCase):
    def test_total(self):
        self.assertEqual(total([1, 2, 3]), 6)

    def test_empty(self):
        self.assertEqual(total([]), 0)
"""
# The rest of `total` behind its head, as a model continues it.
RIGHT = "    result = 0\n    for i in range(len(items)):\n        result += items[i]\n    return result\n```"
WRONG = "    result = 1\n    for i in range(len(items) - 1):\n        result += items[i]\n    return result\n```"

CAPABLE: dict[str, Any] = {
    **CAPABILITIES,
    "workspace": {**CAPABILITIES["workspace"], "applyEdit": True},
    "textDocument": {
        **CAPABILITIES["textDocument"],
        "codeAction": {"dataSupport": True, "resolveSupport": {"properties": ["edit"]}},
    },
}


def says(*answers: str, **more: Any) -> list[dict[str, Any]]:
    """The model's answers about `total`, one after the other, and the last one for ever."""
    rules = [{"match": {"contains": "total"}, "chunks": [{"text": text}], **more} for text in answers]
    return [{**rule, "times": 1} for rule in rules[:-1]] + rules[-1:]


class Project:
    """`top`: the workspace. The user's settings are in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.top = folder / "shopping"
        for name, text in {
            "shop/__init__.py": "", "shop/cart.py": CODE, "tests/__init__.py": "", "tests/test_cart.py": TESTS,
        }.items():  # fmt: skip
            path = self.top / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.cart = (self.top / "shop" / "cart.py").as_uri()
        self.test = (self.top / "tests" / "test_cart.py").as_uri()

    def named_by(self, who: str, command: str = COMMAND, more: str = "on_save = true\n") -> None:
        """The `user` or the `workspace` names the check `tests`."""
        file = {"user": self.folder / "config" / "postil", "workspace": self.top}[who] / "postil.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"[checks.tests]\ncommand = {json.dumps(command)}\n{more}", encoding="utf-8")

    def serving(self, rules: list[dict[str, Any]], **options: Any) -> AbstractAsyncContextManager[Client]:
        script = self.folder / "script.json"
        script.write_text(json.dumps(rules), encoding="utf-8")
        arguments = ("--engine-script", str(script), "--engine-journal", str(self.folder / "journal"))
        given = {"review": {"onSave": False}, "fix": {"samples": 3, "mechanical": False}, **options}
        # Tools that the project hasn't got itself are looked for on PATH.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return serving(
            self.folder,
            arguments=arguments,
            options=given,
            settings=given,
            capabilities=CAPABLE,
            folders=(self.top,),
            environment={"PATH": path},
        )

    def asked(self) -> int:
        """How often the model was asked."""
        path = self.folder / "journal"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return sum(json.loads(line)["event"] == "started" for line in lines)
