"""Records a session in a real Neovim with a real model as docs/neovim.svg: part of `make picture`."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tests.clients.neovim import Neovim, Screen, neovim  # noqa: E402

SAMPLE = ROOT / "examples" / "orders.py"
SIZE = (100, 18)
# Loading the weights, and reading what comes first.
SECONDS = 300
LUA = """
vim.o.number = true
vim.o.laststatus = 2
vim.o.signcolumn = 'yes'
vim.o.statusline = " %f %m%=%{v:lua.require'postil'.statusline()} "
vim.diagnostic.config({ virtual_text = true })
"""


def _hex(colour: int) -> str:
    return f"#{colour:06x}"


def _style(screen: Screen, number: int) -> Style:
    given = screen.highlights[number]
    front = given.get("foreground", screen.colours["foreground"])
    back = given.get("background", screen.colours["background"])
    if given.get("reverse"):
        front, back = back, front
    plain = back == screen.colours["background"]
    return Style(
        color=_hex(front),
        bgcolor=None if plain else _hex(back),
        bold=given.get("bold", False),
        italic=given.get("italic", False),
        underline=given.get("underline", False) or given.get("undercurl", False),
    )


def frame(console: Console, caption: str, screen: Screen) -> None:
    """One screen below its caption."""
    console.print(Text(caption, "bold"))
    for row, cells in enumerate(screen.cells):
        line = Text()
        for column, (text, number) in enumerate(cells):
            style = _style(screen, number)
            line.append(text, style + Style(reverse=True) if (row, column) == screen.cursor else style)
        console.print(line, no_wrap=True)
    console.print()


def record(editor: Neovim) -> str:
    """The session as SVG text."""
    editor.open(SAMPLE.name)
    editor.ready(SECONDS)
    editor.keys("G:w<CR>")
    editor.until(lambda: [note for note in editor.notes() if "verified" in note["message"]], "a fix", SECONDS)
    screen = editor.look()
    theme = TerminalTheme(
        _rgb(screen.colours["background"]), _rgb(screen.colours["foreground"]), [(0, 0, 0)] * 8, [(255, 255, 255)] * 8
    )
    console = Console(record=True, width=SIZE[0], file=io.StringIO(), color_system="truecolor", force_terminal=False)
    line = next(note["lnum"] for note in editor.notes() if "verified" in note["message"]) + 1
    editor.keys(f":{line}<CR>z.")
    frame(console, ":w                          a test fails: the note is where a fix makes it pass", editor.look())
    editor.keys(":Postil fix<CR>")
    editor.sees("Enter: apply", SECONDS)
    frame(
        console, ":Postil fix                 the fix as a difference, with its proof; Enter applies it", editor.look()
    )
    editor.keys("<CR>")
    editor.sees_not("Enter: apply")
    editor.keys("Go<CR>def total(orders):<CR>")
    editor.type("return sum(")
    editor.until(editor.ghost, "ghost text", SECONDS)
    frame(console, "i                           ghost text; Tab takes it, Ctrl+Right a word of it", editor.look())
    return console.export_svg(title="Postil in Neovim", theme=theme)


def _rgb(colour: int) -> tuple[int, int, int]:
    return colour >> 16, colour >> 8 & 255, colour & 255


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        work = Path(made) / "work"
        work.mkdir()
        for name in (SAMPLE.name, "test_orders.py"):
            shutil.copyfile(SAMPLE.with_name(name), work / name)
        subprocess.run(["git", "init", "-q"], cwd=work, check=True)
        # The user's own file: what an editor's settings name is asked about first.
        own = Path(made) / "config" / "postil" / "postil.toml"
        own.parent.mkdir(parents=True)
        own.write_text(
            f"[checks.tests]\ncommand = \"'{sys.executable}' -m unittest\"\non_save = true\n", encoding="utf-8"
        )
        settings = {"settings": {"engine": "embedded", "review": {"show": "verified"}}}
        with neovim(Path(made), settings, rules=None, lua=LUA, size=SIZE) as editor:
            picture = record(editor)
    (ROOT / "docs" / "neovim.svg").write_text(picture, encoding="utf-8")
    print(f"drawn: {ROOT}/docs/neovim.svg")
