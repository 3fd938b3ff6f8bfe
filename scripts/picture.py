"""Records the README's pictures of the real thing as SVG: `make picture`.

A fix of the sample that its tests prove, and a persona that is edited while its notes are on the screen.
"""

from __future__ import annotations

import asyncio
import io
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench.client import POSTIL, Client, started

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "examples" / "orders.py"
WIDTH = 100


ENGLISH = "FROM qwen2.5-coder:1.5b\nPARAMETER temperature 0\nSYSTEM You are a careful code reviewer.\n"
CHINESE = "#: answer-in: 简体中文\n" + ENGLISH.replace("You are a careful code reviewer.", "你是一位细心的代码审查员。")


def _console() -> Console:
    return Console(record=True, width=WIDTH, file=io.StringIO(), color_system="truecolor", force_terminal=False)


def mend() -> str:
    """`make review`, a fix of the sample that its tests prove, as SVG text."""
    console = _console()
    console.print("$ postil fix --check 'python -m unittest'\n", style="bold")
    check = f"'{sys.executable}' -m unittest"
    command = [sys.executable, "-m", "postil", "fix", "--pull", "--check", check]
    with tempfile.TemporaryDirectory() as made:
        # A project by itself: here the suspects would be looked for in all of Postil.
        for name in (SAMPLE.name, "test_orders.py"):
            shutil.copyfile(SAMPLE.with_name(name), Path(made) / name)
        done = subprocess.run(command, cwd=made, capture_output=True, text=True, check=False)
    # What happens meanwhile is on the other stream.
    for line in done.stdout.replace(check, "python -m unittest").splitlines():
        style = "green" if line.startswith("+") else "red" if line.startswith("-") else ""
        console.print(Text(line, style))
    return console.export_svg(title="make review")


async def reload(folder: Path) -> str:
    """A session over stdio as SVG text: a document is reviewed, the persona's SYSTEM is edited, the notes change."""
    console = _console()
    team = folder / "Modelfiles" / "team.Modelfile"
    document = folder / SAMPLE.name
    team.parent.mkdir()
    shutil.copyfile(SAMPLE, document)
    text = document.read_text(encoding="utf-8")
    _write(console, team, ENGLISH)
    async with started(POSTIL, folder) as client:
        await client.initialize({"engine": "embedded", "review": {"show": "all", "personas": ["team"]}}, folder)
        uri = document.as_uri()
        client.open(uri, text)
        await client.reviewed(uri)
        _show(console, client, uri, text)
        saved, heard = time.time(), len(client.heard)
        _write(console, team, CHINESE)
        await client.until(lambda: any(one.method == "postil/reviewed" for one in client.heard[heard:]), "the end")
        first = _first(client, heard, uri, saved)
        assert first is not None, "no note in Chinese"
        console.print(f"[dim]the first note of the new persona came {first:.1f} s after the save[/]\n")
        _show(console, client, uri, text)
    return console.export_svg(title="a persona is edited while its notes are on the screen")


def _write(console: Console, file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    console.print(Text(f"$ cat Modelfiles/{file.name}\n", "bold").append(text, "not bold"))


def _notes(client: Client, uri: str, since: int = 0) -> list[tuple[float, list[dict[str, Any]]]]:
    published = [one for one in client.heard[since:] if one.method == "textDocument/publishDiagnostics"]
    return [(one.at, one.params["diagnostics"]) for one in published if one.params["uri"] == uri]


def _first(client: Client, since: int, uri: str, saved: float) -> float | None:
    """Seconds from the save to the first note with a word of Chinese."""
    shown = (at for at, notes in _notes(client, uri, since) if any("\u4e00" <= c <= "\u9fff" for c in str(notes)))
    return next((at - saved for at in shown), None)


def _show(console: Console, client: Client, uri: str, text: str) -> None:
    for note in _notes(client, uri)[-1][1]:
        line = note["range"]["start"]["line"]
        console.print(Text(f"{SAMPLE.name}:{line + 1} ", "cyan").append(text.splitlines()[line].strip(), "default"))
        console.print(Text(f"  {note['source']} ", "yellow").append(f"{note['message']}\n", "default"))


if __name__ == "__main__":
    docs = ROOT / "docs"
    (docs / "review.svg").write_text(mend(), encoding="utf-8")
    with tempfile.TemporaryDirectory() as made:
        (docs / "reload.svg").write_text(asyncio.run(reload(Path(made))), encoding="utf-8")
    print(f"drawn: {docs}/review.svg, {docs}/reload.svg")
