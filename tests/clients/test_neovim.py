"""The Neovim plugin: its tests inside a Neovim, its help, its options, real engines."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import parts
from tests.clients.neovim import PLUGIN, Neovim, binary, ended_lua, neovim, start_lua
from tests.clients.test_neovim_ghost import begin
from tests.conftest import OllamaServer, running_ollama
from tests.real.test_models import FAULTY, FOUND

LUA = sorted(path.name for path in (PLUGIN / "test").glob("*_test.lua"))
# Some starts of a server on a machine that does other things too.
SECONDS = 180
# One function: a real model reads it in some seconds.
FUNCTION = FAULTY.partition("\n\n\n")[0] + "\n"
HELP = PLUGIN / "doc" / "postil.txt"


@pytest.fixture(scope="session")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """The files of tests inside a Neovim, all at once: mostly they wait for servers to start."""
    running = {name: start_lua(PLUGIN / "test" / name, tmp_path_factory.mktemp("inside")) for name in LUA}
    yield running
    for process in running.values():
        process.kill()
        process.wait()


@pytest.mark.parametrize("name", LUA)
def test_inside(name: str, inside: dict[str, subprocess.Popen[str]]) -> None:
    assert re.search(r"\n[1-9]\d* passed, 0 failed", ended_lua(inside[name], SECONDS))


def test_a_failing_test_inside_is_told(tmp_path: Path) -> None:
    """The control of the above."""
    broken = tmp_path / "broken_test.lua"
    broken.write_text("return { { 'wrong', function() error('on purpose') end } }\n", encoding="utf-8")
    with pytest.raises(AssertionError, match=r"(?s)FAILED  wrong.*on purpose.*0 passed, 1 failed"):
        ended_lua(start_lua(broken, tmp_path), SECONDS)


def _options() -> dict[str, str]:
    """The options' dotted names and defaults as Lua writes them."""
    code = (
        "local config = require('postil.config')\n"
        "local function walk(path, values)\n  for key, value in pairs(values) do\n    local name = path .. key\n"
        "    if type(value) == 'table' and not vim.islist(value) and name ~= 'settings' then walk(name .. '.', value)\n"
        "    else io.write(name, ' = ', vim.inspect(value, { newline = '', indent = ' ' }), '\\n') end\n  end\nend\n"
        "walk('', config.defaults)\n"
    )
    command = [str(binary()), "--headless", "-u", "NONE", "-i", "NONE", "--cmd", f"set rtp^={PLUGIN}", "-l", "-"]
    done = subprocess.run(command, input=code, capture_output=True, text=True, timeout=SECONDS, check=True)
    rows = done.stdout.splitlines()
    return dict(row.split(" = ", 1) for row in rows if " = " in row)


GHOST_OPTIONS = {
    "ghost_text.enabled", "ghost_text.debounce", "ghost_text.disabled_filetypes", "ghost_text.native",
    *(f"ghost_text.keys.{name}" for name in
      ("accept", "accept_word", "accept_line", "next", "previous", "dismiss", "trigger")),
}  # fmt: skip


def test_each_option_has_its_test_and_its_lines_in_the_help() -> None:
    options = _options()
    inside = re.findall(r"^    '([a-z_.]+)',$", (PLUGIN / "test" / "options_test.lua").read_text("utf-8"), re.M)
    assert set(options) == GHOST_OPTIONS | set(inside)
    told = HELP.read_text(encoding="utf-8")
    for name, default in options.items():
        assert f"*postil-option-{name}*" in told, name
        if len(default) < 60 and default != "{}":
            assert default in told, f"the default of {name}: {default}"


@pytest.fixture
def configured(editor: Neovim) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Sets the options of ghost text; they are the defaults again afterwards."""
    setup = "require('postil').setup(vim.tbl_extend('force', given, { ghost_text = ... }))"
    yield lambda options: editor.lua(setup, options)
    editor.keys("<Esc>")
    editor.lua("vim.lsp.inline_completion = nil require('postil').setup(given)")


def test_the_options_of_ghost_text(editor: Neovim, configured: Callable[[dict[str, Any]], None]) -> None:
    keys = {"accept": "<C-j>", "accept_word": "<C-b>", "accept_line": "<C-f>", "next": False, "previous": False}
    keys |= {"dismiss": "<C-q>", "trigger": "<C-g>"}
    configured({"keys": keys, "disabled_filetypes": ["lua"], "native": False, "debounce": 0})
    begin(editor, "options.py")
    editor.type("optional = ")
    editor.shows("opt(prices)")
    assert not editor.lua("return vim.fn.maparg('<Tab>', 'i', false, true).buffer == 1")
    assert not editor.lua("return vim.fn.maparg('<M-]>', 'i', false, true).buffer == 1")
    editor.keys("<C-b>")
    editor.shows("(prices)")
    editor.keys("<C-f>")
    editor.until(lambda: editor.buffer()[-1] == "optional = opt(prices)", "the line")
    editor.keys("<CR>")
    editor.type("another = ")
    editor.shows("way(prices)")
    editor.keys("<C-q>")
    editor.shows("")
    editor.keys("<C-g>")
    editor.until(lambda: "way(prices)" in editor.ghost(), "what was asked for")
    asked = editor.started("infill")
    editor.keys("<C-j>")
    editor.until(lambda: editor.buffer()[-1] == "another = way(prices)", "all")
    # The line behind what was accepted is guessed ahead, a moment later.
    editor.until(lambda: editor.started("infill") > asked, "the guess")

    # The control of what comes: the same words in a file type without, and with all of it off.
    asked = editor.started("infill")
    begin(editor, "options.lua", "")
    editor.keys("another = ")
    editor.lua("vim.wait(200)")
    assert editor.ghost() == "" and editor.started("infill") == asked
    configured({"enabled": False})
    begin(editor, "off.py")
    editor.keys("another = ")
    editor.lua("vim.wait(200)")
    assert editor.ghost() == "" and editor.started("infill") == asked
    # Where Neovim has an inline completion of its own, that is the one.
    used = "vim.lsp.inline_completion = {} return require('postil.ghost.native').used()"
    configured({})
    assert editor.lua(used) is True
    configured({"native": False})
    assert editor.lua(used) is False


NATIVE = """
local item = { client_id = 1, insert_text = 'sum(prices)', command = { arguments = { 'one' } } }
asked = {}
vim.lsp.inline_completion = {
  enable = function(on, filter) table.insert(asked, { 'enable', on, filter.bufnr ~= nil }) end,
  select = function(options) table.insert(asked, { 'select', options.count }) end,
  get = function(options)
    local taken = vim.deepcopy(item)
    taken = options.on_accept and options.on_accept(taken) or taken
    table.insert(asked, { 'get', taken.insert_text, taken.command ~= nil })
    return true
  end,
}
"""


def test_neovims_own_inline_completion_is_asked_as_0_12_documents_it(
    editor: Neovim, configured: Callable[[dict[str, Any]], None]
) -> None:
    """No 0.12 is to be had here: this stands in for it, and proves no more than which functions are called how."""
    configured({})
    editor.lua(NATIVE)
    begin(editor, "native.py")
    editor.keys("<Tab><C-Right><M-]><M-[>")
    calls = [["enable", True, True], ["get", "sum(prices)", True], ["get", "sum", False], ["select", 1], ["select", -1]]
    editor.until(lambda: editor.lua("return asked") == calls, "the calls")


def _tagged(text: str, folder: Path) -> tuple[str, set[str]]:
    """What `:helptags` says of a help file, and the tags."""
    folder.mkdir()
    (folder / "postil.txt").write_text(text, encoding="utf-8")
    command = [str(binary()), "--headless", "-u", "NONE", "-i", "NONE", f"+helptags {folder}", "+qall"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    rows = (folder / "tags").read_text(encoding="utf-8").splitlines()
    return done.stdout + done.stderr, {row.split("\t")[0] for row in rows}


def test_help_tags_without_warnings(tmp_path: Path) -> None:
    text = HELP.read_text(encoding="utf-8")
    said, tags = _tagged(text, tmp_path / "doc")
    assert said == ""
    assert "Duplicate tag" in _tagged(text + "\n*postil*\n", tmp_path / "twice")[0], "the control"
    links = {link for link in re.findall(r"\|([^|\s]+)\|", text) if "postil" in link.lower()}
    assert links and links <= tags
    assert [line for line in text.splitlines() if len(line) > 78] == []
    commands = re.findall(r"^  ([a-z]+) = ", (PLUGIN / "lua" / "postil" / "commands.lua").read_text("utf-8"), re.M)
    assert len(commands) == 18 and {f":Postil-{name}" for name in commands} <= tags


@pytest.mark.real_embedded
def test_real_weights_from_the_save_to_the_fix(embedded_gguf: Path, tmp_path: Path) -> None:
    """The smallest model: a note with its fix, and ghost text; what they say is its business."""
    settings = {"engine": "embedded", "model": {"review": parts.SMALL, "completion": parts.SMALL}}
    settings |= {"embedded": {"threads": parts.THREADS}, "review": {"min_score": 0, "show": "all"}}
    with neovim(tmp_path, {"settings": settings}, rules=None) as editor:
        editor.open("shop.py", FOUND)
        editor.ready()
        editor.keys(":silent write<CR>")
        editor.until(editor.notes, "a note", SECONDS)
        editor.ready(SECONDS)
        assert editor.lua("return require('postil').statusline()") == f"Postil: {parts.SMALL}"
        line = editor.notes()[0]["lnum"] + 1
        before = editor.buffer()
        editor.keys(f":{line}<CR>:Postil fix<CR>")
        editor.sees("Enter: apply", SECONDS)
        editor.keys("<CR>")
        editor.until(lambda: editor.buffer() != before, "the fix")
        editor.ready(SECONDS)

        editor.keys("Go<CR>def double(number):<CR>")
        editor.type("return number * ")
        editor.until(editor.ghost, "ghost text", SECONDS)
        ghost = editor.ghost().split("\n")[0]
        editor.keys("<Tab>")
        editor.until(lambda: f"return number * {ghost}" in "\n".join(editor.buffer()), "the text")


@pytest.mark.real_ollama
def test_ollama_goes_away_and_comes_back(ollama_server: OllamaServer, tmp_path: Path) -> None:
    models, program = ollama_server.models_dir, parts.ollama_binary()
    settings = {"engine": "ollama", "model": {"review": ollama_server.model}, "review": {"min_score": 0}}
    state = "return require('postil.status').get().state"
    with neovim(tmp_path, {"settings": settings}, rules=None) as editor:
        with running_ollama(program, models) as (host, _):
            editor.lua(
                "require('postil').setup(...)",
                {"cmd": editor.command, "settings": settings | {"ollama": {"host": host}}},
            )
            editor.open("shop.py", FUNCTION)
            editor.ready()
            editor.keys(":Postil review<CR>")
            editor.until(
                lambda: ollama_server.model in editor.lua("return require('postil').statusline()"), "it", SECONDS
            )
            editor.ready(SECONDS)
        editor.keys("Goprint('changed')<Esc>:Postil review<CR>")
        editor.until(lambda: editor.lua(state) == "error", "the status to say so", SECONDS)
        assert "error" in editor.lua("return require('postil').statusline()")
        port = int(host.rpartition(":")[2])
        with running_ollama(program, models, port=port):
            editor.keys("Goprint('again')<Esc>:Postil review<CR>")
            editor.ready(SECONDS)
            assert editor.lua(state) == "ready"
