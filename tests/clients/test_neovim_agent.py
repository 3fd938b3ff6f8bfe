"""`:Postil ask` in a real Neovim: an answer that grows, edits approved and refused, one that is stopped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from tests.clients.neovim import Neovim, neovim

pytestmark = pytest.mark.slow

TEXT = "def total(items):\n    return len(items)\n"
EDIT = """shop.py
<<<<<<< SEARCH
    return len(items)
=======
    return sum(items)
>>>>>>> REPLACE
"""
# Neovim's own list waits for a number, and answers nobody until then.
CHOOSES = """
offered, choice = {}, 'Allow'
vim.ui.select = function(items, options, done)
  table.insert(offered, options.prompt .. ' ' .. table.concat(vim.tbl_map(options.format_item, items), '/'))
  for _, item in ipairs(items) do
    if item.name == choice then
      return done(item)
    end
  end
end
"""
# Large enough to decide about its steps itself.
OPTIONS = {"settings": {"model": {"review": "scripted-agent:14b"}}}
SECONDS = 30
SIZE = (180, 40)


def says(contains: str, text: str, **more: Any) -> dict[str, Any]:
    chunks = [{"text": piece} for piece in text.splitlines(keepends=True)]
    return {"kind": "agent", "match": {"contains": contains}, "chunks": chunks, **more}


def page(editor: Neovim) -> str:
    code = (
        "for _, b in ipairs(vim.api.nvim_list_bufs()) do if vim.api.nvim_buf_get_name(b) == 'postil://ask' then "
        "return table.concat(vim.api.nvim_buf_get_lines(b, 0, -1, false), '\\n') end end return ''"
    )
    return editor.lua(code)


def reads(editor: Neovim, part: str) -> None:
    editor.until(lambda: part in page(editor), f"{part!r} on the page", SECONDS)


def over(editor: Neovim) -> None:
    editor.until(lambda: not editor.lua("return require('postil.agent').busy()"), "the end of the turn", SECONDS)


def shot(editor: Neovim, name: str) -> None:
    """What is on the screen, for whoever wants to look."""
    if shots := os.environ.get("POSTIL_SHOTS"):
        Path(shots).mkdir(parents=True, exist_ok=True)
        (Path(shots) / f"neovim-agent-{name}.txt").write_text(editor.look().text(), encoding="utf-8")


def test_a_question_an_approved_edit_and_one_that_is_refused(tmp_path: Path) -> None:
    rules = [
        says("what does", "It counts `items`,\nwhich isn't a total.\n", times=1),
        says("is changed", "Now it adds them up."),
        says("make it right", f"The sum is what is meant.\n\n{EDIT}"),
        says("said no", "As you wish."),
        says("and back", EDIT.replace("len", "TMP").replace("sum", "len").replace("TMP", "sum")),
    ]
    (tmp_path / "work" / ".git").mkdir(parents=True)
    with neovim(tmp_path, OPTIONS, rules=rules, lua=CHOOSES, size=SIZE) as editor:
        editor.open("shop.py", TEXT)
        # The buffer is what counts, not the disk.
        editor.nvim.current.buffer.append("# unsaved")
        editor.keys(":1,2Postil ask what does it do?<CR>")
        reads(editor, "which isn't a total.")
        assert "> what does it do?\n> (shop.py#L1-2)\n" in page(editor)
        editor.sees("It counts `items`,")
        shot(editor, "answer")
        assert editor.buffer()[0] == "def total(items):", "the page takes no focus"

        over(editor)
        # Asked without words; the session goes on.
        editor.lua("vim.ui.input = function(_, done) done('make it right') end")
        editor.keys(":Postil ask<CR>")
        reads(editor, "Now it adds them up.")
        (offered,) = editor.lua("return offered")
        assert offered.startswith("Postil: Edit shop.py? Allow/") and offered.endswith("/Reject")
        assert "-    return len(items)\n+    return sum(items)\n" in page(editor)
        assert "✓ Edit shop.py" in page(editor)
        assert "<<<<" not in page(editor), "an edit is shown as a difference"
        assert editor.buffer() == ["def total(items):", "    return sum(items)", "# unsaved"]
        assert (tmp_path / "work" / "shop.py").read_text() == TEXT.replace("len", "sum") + "# unsaved\n"
        shot(editor, "edit")

        over(editor)
        editor.lua("choice = 'Reject'")
        editor.keys(":Postil ask and back<CR>")
        reads(editor, "✗ Edit shop.py")
        reads(editor, "As you wish.\n")
        assert editor.buffer()[1] == "    return sum(items)", "nothing without a yes"
        over(editor)
        editor.keys(":Postil ask /undo<CR>")
        reads(editor, "Undone, byte for byte:")
        assert (tmp_path / "work" / "shop.py").read_text() == TEXT + "# unsaved\n"
        before = [*TEXT.splitlines(), "# unsaved"]
        editor.until(lambda: editor.buffer() == before, "the buffer to follow, with what was not saved")
        assert editor.lua("return require('postil.agent.connection').command()")[1:] == ["acp"]


def test_an_answer_that_is_stopped_and_a_new_conversation(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    rules = [says("tell me", "Once upon\na time", hold=str(gate)), says("again", "Here I am.")]
    with neovim(tmp_path, OPTIONS, rules=rules, size=SIZE) as editor:
        editor.open("shop.py", TEXT)
        editor.keys(":Postil ask tell me a story<CR>")
        reads(editor, "Once upon")
        editor.keys(":Postil ask again<CR>")
        said = "return table.concat(said, '\\n')"
        editor.until(lambda: "it still answers" in editor.lua(said), "the sentence")
        # An interrupt throws away what was typed before it.
        editor.keys("<C-w>w")
        editor.until(lambda: editor.nvim.current.buffer.name == "postil://ask", "the page")
        editor.keys("<C-c>")
        reads(editor, "*cancelled*")
        over(editor)
        assert "a time" not in page(editor)
        editor.keys(":Postil ask /new<CR>")
        editor.until(lambda: page(editor).strip() == "", "an empty page")
        editor.keys(":Postil ask again<CR>")
        reads(editor, "Here I am.")
        ended = [step["event"] for step in editor.journal() if step["event"] in ("cancelled", "closed")]
        assert ended, "the model was stopped"


def test_a_program_that_is_missing_or_ends_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho 'it needs more packages' >&2\nexit 2\n", encoding="utf-8")
    broken.chmod(0o755)
    with neovim(tmp_path, {"cmd": [str(tmp_path / "none"), "serve", "--stdio"]}, rules=None) as editor:
        editor.open("shop.lua", "")
        editor.keys(":Postil ask why<CR>")
        said = "return table.concat(said, '\\n')"
        editor.until(lambda: "is not found" in editor.lua(said), "the sentence")
        editor.lua("require('postil').setup({ cmd = { ... , 'serve' } })", str(broken))
        editor.keys(":Postil ask why<CR>")
        reads(editor, "it needs more packages")
