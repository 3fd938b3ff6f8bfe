"""A fix is told what its suspect uses of other files: a real pytest in real copies, the model is a script."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from tests.verify.fixing import Fixing, project

from postil.cli.fix.show import Shown
from postil.core.review.profile import profiles
from postil.service.verify import mend
from postil.service.verify.events import SuspectStarted
from postil.service.verify.look import Scope

CART = '''\
"""A shop."""

from shop.prices import gross, net as bare
from shop.keys import key
from shop.hidden import low


def total(items):
    """The sum of all prices."""
    result = 0
    for i in range(len(items) - 1):
        result += gross(items[i]) + bare(0) + key() + low()
    return result
'''
PRICES = '''\
def gross(item):
    """What a customer pays."""
    return item


def net(item):
    return 0


def unused(item):
    return item
'''
FILES = {
    "shop/__init__.py": "",
    "shop/cart.py": CART,
    "shop/prices.py": PRICES,
    "shop/keys.py": "def key():\n    return 0\n",
    "shop/hidden.py": "def low():\n    return 0\n",
    ".postilignore": "hidden.py\n",
    "tests/test_cart.py": "from shop.cart import total\n\n\ndef test_total():\n    assert total([1, 2, 3]) == 6\n",
    "pyproject.toml": "",
}
RIGHT = CART.partition('prices."""\n')[2].replace(" - 1", "") + "```"
TOLD = (
    "The code above uses what is defined elsewhere as:\n\n"
    "# shop/prices.py\n# What a customer pays.\ndef gross(item):\ndef net(item):\n# shop/keys.py\ndef key():\n\n"
    "The code above is shop/cart.py."
)


def allow(monkeypatch: pytest.MonkeyPatch, chars: int) -> None:
    """Each profile has so many characters of definitions for a fix."""
    found = {
        name: msgspec.structs.replace(one, definitions=msgspec.structs.replace(one.definitions, fix_chars=chars))
        for name, one in profiles().items()
    }
    monkeypatch.setattr(mend, "profiles", lambda: found)


async def told(tmp_path: Path) -> tuple[Fixing, list[str]]:
    """The requests for a fix that may change no other file than the one."""
    top = project(tmp_path, FILES)
    fixing = Fixing(tmp_path, top, RIGHT)
    end = await fixing.run(scope=Scope((top / "shop/cart.py",)))
    assert end.ending == "fixed"
    return fixing, [one.messages[-1].content for one in fixing.reviewing.engine.asked]


async def test_a_fix_is_told_what_its_suspect_uses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, 1000)
    fixing, asked = await told(tmp_path)
    assert TOLD in asked[0]
    assert "low" not in asked[0].partition("```\n\n")[2], "what may not be sent isn't told either"
    (started, *_) = fixing.of(SuspectStarted)
    assert (started.told.count, started.told.left_out) == (3, 0)


async def test_what_was_left_out_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    allow(monkeypatch, 70)
    fixing, asked = await told(tmp_path)
    assert "def gross" in asked[0].partition("```\n\n")[2] and "def key" not in asked[0]
    shown = Shown()
    for event in fixing.events:
        shown.event(event)
    assert shown.ended is not None
    (suspect,) = json.loads(shown.json(shown.ended, "", applied=False))["suspects"]
    assert suspect["definitions"] == {"told": 1, "left_out": 2}
    assert "asking about total: at most 8 answers, told 1 of 3 definitions that it uses" in capsys.readouterr().err


async def test_none_are_told_without_a_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("nothing is looked for")

    monkeypatch.setattr(mend, "used_by", never)
    fixing, asked = await told(tmp_path)
    assert not any("defined elsewhere" in one for one in asked)
    assert fixing.of(SuspectStarted)[0].told.count == 0
