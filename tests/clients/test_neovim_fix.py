"""Verified fixes in a real Neovim: of a failing test after a save, and of a diagnostic of a real `ruff server`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.checks.project import CODE, COMMAND, FIXED, RIGHT, TESTS, WRONG, says
from tests.checks.test_tools import ANSWER, MENDED, TEXT
from tests.clients.neovim import Neovim, neovim

RUFF = Path(sys.executable).parent / "ruff"
# A real ruff server beside Postil's, as users have it.
SERVER = f"""
vim.lsp.config('ruff', {{ cmd = {{ '{RUFF}', 'server' }}, filetypes = {{ 'python' }}, root_markers = {{ '.git' }} }})
vim.lsp.enable('ruff')
-- Neovim's own list waits for a number, and answers nobody until then.
offered = {{}}
vim.ui.select = function(items, options, done)
  offered = vim.tbl_map(options.format_item, items)
  for number, item in ipairs(items) do
    if offered[number]:find('fix and verify', 1, true) then
      return done(item, number)
    end
  end
end
"""
SETTINGS = {"settings": {"review": {"on_save": False}, "fix": {"samples": 4, "mechanical": False}}}
# A run of unittest takes a fifth of a second, a fix some six of them.
SECONDS = 30


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """The project; the user's own settings name its check."""
    top = tmp_path / "work"
    files = {
        "shop/__init__.py": "", "shop/cart.py": CODE, "shop/pay.py": TEXT, "tests/__init__.py": "",
        "tests/test_cart.py": TESTS,
    }  # fmt: skip
    for name, text in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text, encoding="utf-8")
    subprocess.run(["git", "init", "-q", str(top)], check=True)
    user = tmp_path / "config" / "postil" / "postil.toml"
    user.parent.mkdir(parents=True)
    user.write_text(f"[checks.tests]\ncommand = {json.dumps(COMMAND)}\non_save = true\n", encoding="utf-8")
    return top


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PATH", f"{RUFF.parent}{os.pathsep}{os.environ['PATH']}")
    yield


def shot(editor: Neovim, name: str) -> None:
    """What is on the screen, for whoever wants to look."""
    shots = os.environ.get("POSTIL_SHOTS")
    if shots:
        Path(shots).mkdir(parents=True, exist_ok=True)
        (Path(shots) / f"neovim-{name}.txt").write_text(editor.look().text(), encoding="utf-8")


def test_a_failing_test_its_fix_and_the_difference_with_the_verdict(work: Path, tmp_path: Path) -> None:
    rules = says(WRONG, RIGHT)
    with neovim(tmp_path, SETTINGS, rules=rules) as editor:
        editor.open("shop/cart.py")
        editor.ready()
        editor.keys(":silent write<CR>")
        editor.until(
            lambda: any("verified: all 2 tests pass" in one["message"] for one in editor.notes()), "it", SECONDS
        )
        (note,) = editor.notes()
        assert note["severity"] == 1 and note["lnum"] == 6
        assert any("all 2 tests pass" in line for line in editor.lua("return require('postil.status').lines()"))
        editor.keys(":7<CR>:Postil fix<CR>")
        title = editor.sees("apply the fix (verified: all 2 tests pass)")
        assert "╭" in title, "the verdict is the title of the difference"
        editor.sees("+    for i in range(len(items)):")
        shot(editor, "check")
        assert (work / "shop" / "cart.py").read_text(encoding="utf-8") == CODE, "nothing is applied yet"
        editor.keys("<CR>")
        editor.until(lambda: "\n".join(editor.buffer()) + "\n" == FIXED, "the fix")
        editor.keys(":silent write<CR>")
        editor.until(lambda: not editor.notes(), "the note to go", SECONDS)


def test_the_command_looks_for_a_fix_and_says_when_there_is_none(work: Path, tmp_path: Path) -> None:
    with neovim(tmp_path, SETTINGS, rules=says(RIGHT)) as editor:
        editor.open("shop/cart.py")
        editor.ready()
        editor.keys(":Postil fix workspace<CR>")
        editor.until(lambda: "fix and verify (verified: all 2 tests pass)" in editor.look().text(), "it", SECONDS)
        editor.keys("<CR>")
        editor.until(lambda: "\n".join(editor.buffer()) + "\n" == FIXED, "the fix")
        # The text is checked that the editor has, saved or not.
        editor.keys(":Postil fix file<CR>")
        said = "return table.concat(said, '\\n')"
        editor.until(lambda: "All 2 tests pass: there is nothing to fix" in editor.lua(said), "the sentence", SECONDS)


def test_a_diagnostic_of_a_real_ruff_server(work: Path, tmp_path: Path, programs: None) -> None:
    with neovim(tmp_path, SETTINGS, rules=says(ANSWER), lua=SERVER) as editor:
        editor.open("shop/pay.py")
        editor.ready()
        theirs = "return vim.tbl_filter(function(one) return one.source == 'Ruff' end, vim.diagnostic.get(0))"
        editor.until(lambda: editor.lua(theirs), "what ruff says", SECONDS)
        assert editor.notes() == [], "it is ruff's, not ours"
        # The menu that everybody has for code actions.
        editor.keys(":2<CR>gra")
        titles = editor.until(lambda: editor.lua("return offered"), "the menu")
        assert any("Postil: fix and verify" in one for one in titles)
        assert any("Postil: explain this diagnostic" in one for one in titles)
        editor.until(lambda: "(verified: " in editor.look().text(), "the verdict", SECONDS)
        editor.sees("+    result = sum(items)")
        shot(editor, "ruff")
        editor.keys("<CR>")
        editor.until(lambda: "\n".join(editor.buffer()) + "\n" == MENDED, "the fix")
        editor.until(lambda: not editor.lua(theirs), "ruff to be content", SECONDS)
        # By our own command, too.
        editor.keys("u")
        editor.until(lambda: editor.lua(theirs), "what ruff says", SECONDS)
        editor.keys(":2<CR>:Postil fix<CR>")
        editor.until(lambda: "(verified: " in editor.look().text(), "the verdict", SECONDS)
        editor.keys("q")
