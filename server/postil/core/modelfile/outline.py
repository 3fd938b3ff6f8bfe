"""The outline and the formatting of a Modelfile."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from postil.core.modelfile.commands import Command, Modelfile, render_command
from postil.core.modelfile.parser import parse
from postil.core.modelfile.quotes import LINE_END

# Characters of a detail in the outline.
_MOST_DETAIL = 60
_HEADER = re.compile(r"#:\s*([\w-]+)\s*:\s*(.*)")
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Symbol:
    """An entry of the outline: whole lines `first` to `last` (exclusive), and the columns of its name in the first
    one."""

    kind: Literal["from", "parameter", "text", "key"]
    name: str
    detail: str
    first: int
    last: int
    column: int
    end_column: int


def symbols(text: str) -> tuple[Symbol, ...]:
    """Commands and header keys in the file's order."""
    modelfile, _ = parse(text)
    found = [_symbol(command) for command in modelfile.commands]
    for comment in modelfile.comments:
        match = _HEADER.match(comment.text)
        if match is not None:
            column = comment.column + match.start(1)
            line = comment.line
            end = column + len(match[1])
            found.append(Symbol("key", match[1], _short(match[2]), line, line + 1, column, end))
    return tuple(sorted(found, key=lambda symbol: symbol.first))


def _symbol(command: Command) -> Symbol:
    detail, lines = _short(command.args), (command.line, command.end_line)
    if command.name == "parameter":
        return Symbol(
            "parameter", command.key, detail, *lines, command.key_column, command.key_column + len(command.key)
        )
    name = f"{command.name.upper()} {command.key}".rstrip()
    end = command.column + len(command.name)
    return Symbol("from" if command.name == "from" else "text", name, detail, *lines, command.column, end)


def _short(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= _MOST_DETAIL else line[: _MOST_DETAIL - 1] + "…"


def formatted(text: str) -> str | None:
    """The text with every command in its usual form; comments and line ends stay as they are. None if that would change
    the commands, as in a file with a missing quote."""
    modelfile, problems = parse(text)
    bom = _BOM if text.startswith(_BOM) else ""
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text[len(bom) :])
    out: list[str] = []
    place = 0
    for command in modelfile.commands:
        out += lines[place : command.line]
        end = LINE_END.search(lines[command.end_line - 1])
        out.append(render_command(command) + (end[0] if end else ""))
        place = command.end_line
    new = bom + "".join(out + lines[place:])
    again, after = parse(new)
    said = [problem.message for problem in problems]
    same = _read(again) == _read(modelfile) and [problem.message for problem in after] == said
    return new if same else None


def _read(modelfile: Modelfile) -> tuple[object, ...]:
    return modelfile.commands, [comment.text for comment in modelfile.comments]
