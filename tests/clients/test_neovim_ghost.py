"""Ghost text in a real Neovim, with real keys."""

from __future__ import annotations

from pathlib import Path

from tests.clients.neovim import Neovim


def begin(editor: Neovim, name: str = "shop.py", text: str = "prices = [1, 2]\n") -> None:
    """Insert mode, in a new line at the end of a file."""
    editor.keys("<Esc>")
    editor.open(name, text)
    editor.ready()
    editor.keys("Go")


def counts(editor: Neovim) -> dict[str, int]:
    code = """local done
    require('postil.server').execute('postil.completionCounts', {}, function(counts) done = counts end)
    vim.wait(10000, function() return done end)
    return done"""
    return editor.lua(code)


def test_taken_whole_by_words_by_lines_and_left(editor: Neovim) -> None:
    begin(editor)
    before = counts(editor)
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
    names = ("shown", "accepted", "partiallyAccepted")
    assert [told[name] - before[name] for name in names] == [3, 1, 1]


def test_several_lines_keep_what_stands_below(editor: Neovim) -> None:
    text = "def first():\n    \n\n\ndef other():\n    return 2\n"
    begin(editor, "several.py", text)
    editor.keys("<Esc>dd2GA")
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


def test_an_indented_line_that_was_only_opened_keeps_its_indent(editor: Neovim) -> None:
    begin(editor, "indented.py", "def indented():\n    x = 3\n")
    editor.shows("return 3")
    editor.keys("<Tab><Esc>")
    editor.until(lambda: editor.buffer()[-1] == "    return 3", f"the line, not {editor.buffer()[-1]!r}")


def test_a_bracket_that_is_closed_already_is_not_doubled(editor: Neovim) -> None:
    begin(editor, "closed.py")
    editor.lua("vim.keymap.set('i', '(', '()<Left>', { buffer = 0 })")
    editor.type("cost = sum(")
    editor.shows("prices + 1")
    editor.sees("cost = sum(prices) + 1")
    assert editor.buffer()[-1] == "cost = sum()"
    editor.keys("<C-Right>")
    editor.shows(" + 1")
    assert editor.buffer()[-1] == "cost = sum(prices)"
    editor.keys("<Tab>")
    editor.until(lambda: editor.buffer()[-1] == "cost = sum(prices) + 1", "no second bracket")


def test_wide_letters_and_text_behind_the_cursor(editor: Neovim) -> None:
    """Columns of the protocol are bytes here; some characters before and behind the cursor have several."""
    begin(editor, "wide.py", "x = 1\n")
    editor.keys('"été 😀", "" # é<Left><Left><Left><Left><Left>')
    editor.until(lambda: editor.nvim.current.window.cursor[0] == 2, "the line")
    editor.keys("<Esc>o")
    editor.type("été = ")
    editor.shows("价格é")
    editor.keys("<C-Right>")
    editor.until(lambda: editor.buffer()[-1] == "été = 价格é", "the word")
    assert editor.buffer()[1] == '"été 😀", "" # é'


def test_the_newest_question_wins(editor: Neovim, gate: Path) -> None:
    begin(editor, "newest.py")
    asked = editor.started("infill")
    editor.type("first = ")
    editor.until(lambda: editor.started("infill") > asked, "the first question")
    editor.keys("<BS><BS><BS><BS><BS><BS><BS><BS>")
    editor.type("second = ")
    editor.shows("new")
    gate.touch()
    held = [step["n"] for step in editor.journal() if step["event"] == "started"][asked]
    ends = [step["event"] for step in editor.journal() if step["n"] == held]
    assert ends[-1] in ("cancelled", "closed"), "the model was stopped"
    editor.shows("new")


def test_it_stands_back_for_a_completion_menu_and_goes_with_the_mode(editor: Neovim) -> None:
    begin(editor, "menu.py", "prices = [1, 2]\ntotal_of_all = 3\n")
    editor.type("number = ")
    editor.shows("len(prices)")
    editor.keys("tot<C-n>")
    editor.sees("total_of_all")
    editor.until(lambda: editor.nvim.funcs.pumvisible() == 1, "the menu")
    assert editor.ghost() == ""
    editor.keys("<C-e><C-u>size = ")
    editor.shows("abs(prices)")
    editor.keys("<Esc>")
    editor.shows("")
    editor.keys("i<Left>")
    editor.shows("")
    # A menu of a plugin's counts too.
    editor.lua("package.loaded['cmp'] = { visible = function() return true end }")
    editor.keys("<C-o>onumber = ")
    editor.until(lambda: editor.buffer()[-1] == "number = ", "the text")
    asked = editor.started("infill")
    editor.lua("vim.wait(300)")
    assert editor.ghost() == "" and editor.started("infill") == asked
    editor.lua("package.loaded['cmp'] = nil")


def test_a_key_of_somebodys_comes_back(editor: Neovim) -> None:
    begin(editor, "mine.py")
    editor.lua("vim.keymap.set('i', '<Tab>', 'my key', { buffer = 0 })")
    editor.type("mine = ")
    editor.shows("key(prices)")
    editor.keys("<C-]><Tab>")
    editor.until(lambda: editor.buffer()[-1] == "mine = my key", "the key's own meaning")


def test_asked_for_by_key_and_refused_while_paused(editor: Neovim) -> None:
    begin(editor, "later.py")
    editor.lua("require('postil.config').get().ghost_text.debounce = 10000")
    editor.type("later = ")
    assert editor.ghost() == ""
    editor.keys("<M-Bslash>")
    editor.shows("ask(prices)")
    editor.keys("<Cmd>Postil pause<CR>")
    editor.shows("")
    asked = editor.started("infill")
    editor.keys("<C-u>later = <M-Bslash>")
    editor.until(lambda: editor.buffer()[-1] == "later = ", "the text")
    assert editor.ghost() == "" and editor.started("infill") == asked
