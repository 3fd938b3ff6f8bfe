"""Ghost text in a real Neovim, with real keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.clients.neovim import Neovim, neovim


def writes(text: str, contains: str, **more: Any) -> dict[str, Any]:
    return {"kind": "infill", "match": {"contains": contains}, "chunks": [{"text": char} for char in text], **more}


def begin(editor: Neovim, text: str = "prices = [1, 2]\n") -> None:
    editor.open("shop.py", text)
    editor.ready()
    editor.keys("Go")


RULES = [
    writes("sum(prices) / 2\n", "total = ", times=1),
    writes("max(prices) + 1\n", "best = ", times=1),
    writes("min(prices) - 1\n", "best = "),
    writes("if prices:\n        return 1\n    return 0\n", "def first():"),
]


def counts(editor: Neovim) -> dict[str, int]:
    code = """local done
    require('postil.server').execute('postil.completionCounts', {}, function(counts) done = counts end)
    vim.wait(10000, function() return done end)
    return done"""
    return editor.lua(code)


def test_taken_whole_by_words_by_lines_and_left(tmp_path: Path) -> None:
    with neovim(tmp_path, rules=RULES) as editor:
        begin(editor)
        editor.type("total = ")
        editor.shows("sum(prices) / 2")
        assert editor.buffer()[-1] == "total = ", "it is no part of the text"
        assert editor.look().cursor[1] == len("total = "), "the cursor stands before it"
        editor.keys("<C-Right>")
        editor.shows("(prices) / 2")
        assert editor.buffer()[-1] == "total = sum"
        # Typed along, the server is not asked.
        asked = editor.started("infill")
        editor.type("(pri")
        editor.shows("ces) / 2")
        assert editor.started("infill") == asked
        editor.keys("<Tab>")
        editor.until(lambda: editor.buffer()[-1] == "total = sum(prices) / 2", "the text")
        assert editor.nvim.current.window.cursor == (2, len("total = sum(prices) / 2"))
        editor.shows("")
        # One step of undo takes back what the key put in, and not what was typed before.
        editor.keys("<Esc>u")
        editor.until(lambda: editor.buffer()[-1] == "total = sum(pri", "the undo")

        editor.keys("obest = ")
        editor.shows("max(prices) + 1")
        editor.keys("<M-]>")
        editor.until(lambda: "min(prices) - 1" in editor.ghost(), "the next one")
        assert "2/2" in editor.look().text()
        editor.keys("<M-[>")
        editor.until(lambda: "max(prices) + 1" in editor.ghost(), "the one before")
        editor.keys("<C-]>")
        editor.shows("")
        assert editor.buffer()[-1].strip() == "best ="
        # A key is ours only while there is ghost text.
        assert not editor.lua("return vim.fn.maparg('<Tab>', 'i', false, true).buffer == 1")

        told = counts(editor)
        assert (told["shown"], told["accepted"], told["partiallyAccepted"]) == (3, 1, 1)


def test_several_lines_keep_what_stands_below(tmp_path: Path) -> None:
    text = "def first():\n    \n\n\ndef other():\n    return 2\n"
    with neovim(tmp_path, rules=RULES) as editor:
        editor.open("shop.py", text)
        editor.ready()
        editor.nvim.current.window.cursor = (2, 3)
        editor.keys("A")
        editor.shows("if prices:\n        return 1\n    return 0")
        assert editor.buffer() == text.splitlines()
        editor.sees("def other():")
        editor.keys("<C-Down>")
        editor.shows("        return 1\n    return 0")
        assert editor.buffer()[1] == "    if prices:"
        # Enter and the indentation that Neovim puts there go along with it.
        editor.keys("<CR>")
        editor.shows("return 1\n    return 0")
        editor.keys("<Tab>")
        editor.until(
            lambda: (
                editor.buffer()
                == ["def first():", "    if prices:", "        return 1", "    return 0", *text.splitlines()[2:]]
            ),
            "all of it",
        )
        assert editor.nvim.current.window.cursor == (4, len("    return 0"))


def test_an_indented_line_that_was_only_opened_keeps_its_indent(tmp_path: Path) -> None:
    with neovim(tmp_path, rules=[writes("return 3\n", "def f():")], lua="vim.o.autoindent = true") as editor:
        editor.open("a.py", "def f():\n    x = 3\n")
        editor.ready()
        editor.keys("Go")
        editor.shows("return 3")
        editor.keys("<Tab><Esc>")
        editor.until(lambda: editor.buffer()[-1] == "    return 3", f"the line, not {editor.buffer()[-1]!r}")


def test_a_bracket_that_is_closed_already_is_not_doubled(tmp_path: Path) -> None:
    closing = "vim.keymap.set('i', '(', '()<Left>')"
    with neovim(tmp_path, rules=[writes("prices) + 1\n", "total = ")], lua=closing) as editor:
        begin(editor)
        editor.type("total = sum(")
        editor.shows("prices + 1")
        editor.sees("total = sum(prices) + 1")
        assert editor.buffer()[-1] == "total = sum()"
        editor.keys("<C-Right>")
        editor.shows(" + 1")
        assert editor.buffer()[-1] == "total = sum(prices)"
        editor.keys("<Tab>")
        editor.until(lambda: editor.buffer()[-1] == "total = sum(prices) + 1", "no second bracket")


def test_wide_letters_and_text_behind_the_cursor(tmp_path: Path) -> None:
    """Columns of the protocol are bytes here; some characters before and behind the cursor have several."""
    with neovim(tmp_path, rules=[writes("价格é\n", "été")]) as editor:
        editor.open("a.py", "x = 1\n")
        editor.ready()
        editor.keys('Go"été 😀", "" # é<Left><Left><Left><Left><Left>')
        editor.until(lambda: editor.nvim.current.window.cursor[0] == 2, "the line")
        editor.keys("<Esc>o")
        editor.type("été = ")
        editor.shows("价格é")
        editor.keys("<C-Right>")
        editor.until(lambda: editor.buffer()[-1] == "été = 价格é", "the word")
        assert editor.buffer()[1] == '"été 😀", "" # é'


def test_the_newest_question_wins(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    rules = [writes("old\n", "first = ", hold=str(gate), times=1), writes("new\n", "second = ")]
    with neovim(tmp_path, rules=rules) as editor:
        begin(editor)
        editor.type("first = ")
        editor.until(lambda: editor.started("infill") == 1, "the first question")
        editor.keys("<BS><BS><BS><BS><BS><BS><BS><BS>")
        editor.type("second = ")
        editor.shows("new")
        gate.touch()
        editor.until(lambda: any(step["event"] in ("cancelled", "closed") for step in editor.journal()), "its end")
        editor.shows("new")


def test_it_stands_back_for_a_completion_menu_and_goes_with_the_mode(tmp_path: Path) -> None:
    with neovim(tmp_path, rules=RULES) as editor:
        begin(editor, "prices = [1, 2]\ntotal_of_all = 3\n")
        editor.type("total = ")
        editor.shows("sum(prices) / 2")
        editor.keys("tot<C-n>")
        editor.sees("total_of_all")
        editor.until(lambda: editor.nvim.funcs.pumvisible() == 1, "the menu")
        assert editor.ghost() == ""
        editor.keys("<C-e><C-u>best = ")
        editor.shows("max(prices) + 1")
        editor.keys("<Esc>")
        editor.shows("")
        editor.keys("i<Left>")
        editor.shows("")
        # A menu of a plugin's counts too.
        editor.lua("package.loaded['cmp'] = { visible = function() return true end }")
        editor.keys("<C-o>obest = ")
        asked = editor.started("infill")
        editor.lua("vim.wait(300)")
        assert editor.ghost() == "" and editor.started("infill") == asked


def test_a_key_of_somebodys_comes_back(tmp_path: Path) -> None:
    mine = """vim.api.nvim_create_autocmd('FileType', { callback = function(event)
        vim.keymap.set('i', '<Tab>', 'mine', { buffer = event.buf })
    end })"""
    with neovim(tmp_path, rules=RULES, lua=mine) as editor:
        begin(editor)
        editor.type("total = ")
        editor.shows("sum(prices) / 2")
        editor.keys("<C-]><Tab>")
        editor.until(lambda: editor.buffer()[-1] == "total = mine", "the key's own meaning")


def test_asked_for_by_key_and_refused_while_paused(tmp_path: Path) -> None:
    with neovim(tmp_path, {"ghost_text": {"debounce": 10000}}, rules=RULES) as editor:
        begin(editor)
        editor.type("total = ")
        assert editor.ghost() == ""
        editor.keys("<M-Bslash>")
        editor.shows("sum(prices) / 2")
        editor.keys("<Cmd>Postil pause<CR>")
        editor.shows("")
        asked = editor.started("infill")
        editor.keys("<C-u>best = <M-Bslash>")
        editor.until(lambda: editor.buffer()[-1] == "best = ", "the text")
        assert editor.ghost() == "" and editor.started("infill") == asked
