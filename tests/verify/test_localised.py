"""Where a defect is looked for when the failure's own words don't tell: by what the failing test runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.verify.fixing import CODE, PYTEST, RIGHT, TESTS, Fixing, project

from postil.service.verify import executed
from postil.service.verify.events import Complained, Suspected

DEEP = {
    "pyproject.toml": "",
    "shop/__init__.py": "",
    "shop/cart.py": "from shop import prices\n\n\ndef checkout(items):\n    return prices.rounded(sum(items))\n",
    "shop/prices.py": "def rounded(price):\n    return _cents(price) / 100\n\n\n"
    "def _cents(price):\n    return int(price * 100)\n\n\ndef free(price):\n    return price == 0\n",
    "tests/test_cart.py": "from shop.cart import checkout\nfrom shop.prices import free\n\n\n"
    "def test_checkout():\n    assert checkout([0.29]) == 0.29\n\n\ndef test_free():\n    assert free(0)\n",
}


async def test_a_function_that_no_word_names_is_a_suspect(tmp_path: Path) -> None:
    fixing = Fixing(tmp_path, project(tmp_path, DEEP), "    return round(price * 100)\n```")
    await fixing.run()
    (suspected,) = fixing.of(Suspected)
    assert {one.unit.name for one in suspected.suspects[:3]} == {"checkout", "rounded", "_cents"}
    assert all(one.reason == "the failing test runs it, and no test that passes does" for one in suspected.suspects[:3])


async def test_a_pytest_that_does_not_find_the_plugin_is_run_as_always(tmp_path: Path) -> None:
    # As in an environment of tox's, which doesn't hand PYTHONPATH on.
    fixing = Fixing(tmp_path, project(tmp_path, DEEP), "    return round(price * 100)\n```")
    end = await fixing.run(f"PYTHONPATH=. {PYTEST}")
    (complained,) = fixing.of(Complained)
    assert complained.complaint.test == "tests/test_cart.py::test_checkout"
    (suspected,) = fixing.of(Suspected)
    assert suspected.suspects[0].reason == "the failing test names it"
    assert end.ending != "flaky"


@pytest.mark.skipif(shutil.which("go") is None, reason="there is no Go here")
async def test_gos_coverage_finds_the_function_that_is_run(tmp_path: Path) -> None:
    files = {
        "go.mod": "module example.com/shop\n\ngo 1.20\n",
        "cart/cart.go": 'package cart\n\nimport "example.com/shop/prices"\n\n'
        "func Checkout(items []int) int {\n\treturn prices.Sum(items)\n}\n",
        "prices/prices.go": "package prices\n\nfunc Sum(items []int) int {\n\tsum := 0\n"
        "\tfor _, one := range items[1:] {\n\t\tsum += one\n\t}\n\treturn sum\n}\n\n"
        "func Free(price int) bool {\n\treturn price == 0\n}\n",
        "cart/cart_test.go": 'package cart\n\nimport "testing"\n\nfunc TestCheckout(t *testing.T) {\n'
        '\tif got := Checkout([]int{1, 2}); got != 3 {\n\t\tt.Fatalf("got %d", got)\n\t}\n}\n',
    }
    fixing = Fixing(tmp_path, project(tmp_path, files), "\tsum := 0\n")
    await fixing.run("go test ./...")
    (suspected,) = fixing.of(Suspected)
    assert {one.unit.name: one.reason for one in suspected.suspects}["Sum"] == "the failing test runs it"
    assert "Free" not in {one.unit.name for one in suspected.suspects}


@pytest.mark.slow
@pytest.mark.parametrize("why", ["slow", "broken"])
async def test_a_check_that_the_plugin_disturbs_is_asked_again_without_it(tmp_path: Path, why: str) -> None:
    """A suite of many calls took longer than a run may, and a test that the plugin breaks counted as flaky."""
    tests = TESTS + "\n\ndef test_plugin():\n    import os, sys, time\n    if sys.getprofile():\n        "
    tests += "time.sleep(100)\n" if why == "slow" else "raise ValueError\n"
    files = {"shop/__init__.py": "", "shop/cart.py": CODE, "tests/test_cart.py": tests}
    fixing = Fixing(tmp_path, project(tmp_path, files), RIGHT)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(executed, "_TIMES", 0.1)
        end = await fixing.run()
    assert end.ending == "fixed", end.words
    assert fixing.of(Complained)[0].unsteady == ()
