"""Events of a conversation as text: the answer on stdout, what happens beside it on stderr; or a line of JSON each."""

from __future__ import annotations

import os
import sys

import msgspec

from postil.cli.running import say
from postil.core.agent.events import (
    CallEnded,
    CallProgress,
    CallStarted,
    Compacted,
    Ended,
    Event,
    FileChange,
    Notice,
    Planned,
    Said,
    Thought,
)
from postil.core.text.plain import one_line, plain
from postil.core.verify.patch import difference

_DIM, _RED, _GREEN, _OFF = "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[0m"


class Shown:
    """What a model, a tool or a file says is made safe for a terminal. `colours`: of stderr."""

    def __init__(self, *, as_json: bool = False, colours: bool | None = None) -> None:
        self._json = as_json
        self._colours = sys.stderr.isatty() if colours is None else colours
        self._open = False
        self.ended = Ended("failed", "nothing came of it")

    def event(self, event: Event) -> None:
        if isinstance(event, Ended):
            self.ended = event
        if self._json:
            row = {"event": _name(event), **msgspec.to_builtins(event)}
            print(msgspec.json.encode(row).decode(), flush=True)
            return
        match event:
            case Said(text):
                print(plain(text), end="", flush=True)
                self._open = not text.endswith("\n")
            case Thought(text):
                self._beside(plain(text), end="")
            case CallStarted(_, _, title):
                self._beside(f"· {one_line(title)}")
            case CallProgress(_, text):
                self._beside(f"  {one_line(text)}")
            case CallEnded(_, text, failed, changes):
                self._beside(f"  ✗ {one_line(text)[:200]}" if failed else "  ✓")
                for change in changes:
                    self.change(change)
            case Notice(text):
                self._beside(one_line(text))
            case Compacted(before, after):
                self._beside(f"(shortened: {before:,} tokens are {after:,} now)")
            case Planned(entries):
                for entry in entries:
                    self._beside(f"  {'✓' if entry.status == 'completed' else '·'} {one_line(entry.text)}")
            case _:
                pass

    def close(self) -> None:
        """The answer ends with a line's end, and why it ended is said where it isn't done."""
        if self._json:
            return
        self._line()
        if self.ended.why:
            say(self.ended.why)

    def change(self, change: FileChange) -> None:
        """A difference, with colours where there are any."""
        name = os.path.relpath(change.path)
        for line in difference(
            name if not name.startswith("..") else change.path, change.before or "", change.after
        ).splitlines():
            colour = _GREEN if line.startswith("+") else _RED if line.startswith("-") else ""
            self._err(f"{colour if self._colours else ''}{plain(line)}{_OFF if colour and self._colours else ''}")

    def _beside(self, text: str, end: str = "\n") -> None:
        self._line()
        self._err(f"{_DIM}{text}{_OFF}" if self._colours else text, end)

    def _line(self) -> None:
        if self._open:
            print(flush=True)
            self._open = False

    def _err(self, text: str, end: str = "\n") -> None:
        print(text, end=end, file=sys.stderr, flush=True)


def _name(event: Event) -> str:
    """`call_started` for CallStarted."""
    name = type(event).__name__
    return "".join(f"_{char.lower()}" if char.isupper() and place else char.lower() for place, char in enumerate(name))
