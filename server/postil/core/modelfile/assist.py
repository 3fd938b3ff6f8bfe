"""Completion and hover in a Modelfile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from postil.core.modelfile.commands import MESSAGE_ROLES, Modelfile
from postil.core.modelfile.parameters import Parameter, parameters
from postil.core.modelfile.parser import parse
from postil.core.modelfile.vocabulary import CHOICES, words
from postil.core.models.catalogue import catalogue
from postil.core.text.positions import split_lines

Kind = Literal["command", "parameter", "key", "value", "model"]

# What is before the cursor on its line, with the word that is being written.
_BEGUN: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("key", re.compile(r"\ufeff?\s*#:\s*(?P<word>[\w-]*)\Z")),
    ("value", re.compile(r"\ufeff?\s*#:\s*(?P<of>[\w-]+)\s*:(?:.*(?:,|\.\.))?\s*(?P<word>[\w-]*)\Z")),
    ("command", re.compile(r"\ufeff?[ \t]*(?P<word>[A-Za-z]*)\Z")),
    ("parameter", re.compile(r"\ufeff?[ \t]*PARAMETER (?P<word>\w*)\Z", re.IGNORECASE)),
    ("value", re.compile(r"\ufeff?[ \t]*PARAMETER (?P<of>\w+)[ \t]+(?P<word>\S*)\Z", re.IGNORECASE)),
    ("value", re.compile(r"\ufeff?[ \t]*(?P<of>MESSAGE) (?P<word>[A-Za-z]*)\Z", re.IGNORECASE)),
    ("model", re.compile(r"\ufeff?[ \t]*FROM[ \t]+(?P<word>\S*)\Z", re.IGNORECASE)),
)
_HEADER = re.compile(r"#:\s*(?P<key>[\w-]+)\s*:?\s*(?P<value>.*)")
_WORD = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A completion: `new` replaces columns `start` to `end` (code points) of the line. `about` is Markdown."""

    kind: Kind
    label: str
    new: str
    start: int
    end: int
    detail: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A hover text: Markdown about columns `start` to `end` of line `line`."""

    text: str
    line: int
    start: int
    end: int


def candidates(text: str, line: int, column: int, models: Sequence[str] = ()) -> tuple[Candidate, ...]:
    """All completions at a place; the client selects those that match the word. `models`: names for FROM. None inside
    the value of a SYSTEM, TEMPLATE, MESSAGE or LICENSE, nor in a plain comment."""
    lines = split_lines(text)
    if not 0 <= line < len(lines) or _inside_value(parse(text)[0], line):
        return ()
    written = lines[line]
    head = written[:column]
    for kind, pattern in _BEGUN:
        match = pattern.match(head)
        if match is None:
            continue
        start = match.start("word")
        rest = re.match(r"\S*" if kind == "model" else r"[\w.-]*", written[column:])
        end = column + (rest.end() if rest else 0)
        of = match.groupdict().get("of") or ""
        return tuple(_candidates(kind, of, written[end:], start, end, models, header=match[0].lstrip().startswith("#")))
    return ()


def _inside_value(modelfile: Modelfile, line: int) -> bool:
    """Whether the line continues a value that begins above."""
    return any(command.line < line < command.end_line for command in modelfile.commands)


def _candidates(
    kind: Kind, of: str, after: str, start: int, end: int, models: Sequence[str], *, header: bool
) -> Iterator[Candidate]:
    space = "" if after.startswith((" ", "\t")) else " "
    if kind == "command":
        for name, command in words().commands.items():
            yield Candidate(kind, name, name + space, start, end, command.example, command.meaning)
    elif kind == "parameter":
        for parameter in parameters().values():
            if not parameter.deprecated:
                yield Candidate(
                    kind, parameter.name, parameter.name + space, start, end, _type(parameter), parameter.meaning
                )
    elif kind == "key":
        colon = "" if after.lstrip().startswith(":") else ": "
        for key, entry in words().header.items():
            yield Candidate(kind, key, key + colon, start, end, ", ".join(entry.values), entry.meaning)
    elif kind == "model":
        for model in models:
            yield Candidate(kind, model, model, start, end, _size(model), _model(model))
    elif header:
        if of in words().header:
            for value, meaning in words().header[of].values.items():
                yield Candidate(kind, value, value, start, end, meaning)
    elif of.upper() == "MESSAGE":
        for role in MESSAGE_ROLES:
            yield Candidate(kind, role, role + space, start, end)
    else:
        yield from _values(parameters().get(of.lower()), start, end)


def _values(parameter: Parameter | None, start: int, end: int) -> Iterator[Candidate]:
    if parameter is None:
        return
    usual = [] if parameter.default is None else [_shown(parameter.default)]
    for value in dict.fromkeys([*usual, *(("true", "false") if parameter.kind == "bool" else ())]):
        detail = "Ollama's default" if value in usual else ""
        yield Candidate("value", value, value, start, end, detail, parameter.meaning)


def hover(text: str, line: int, column: int) -> Meaning | None:
    """The meaning of the command, parameter, key or model at a place."""
    modelfile, _ = parse(text)
    for comment in modelfile.comments:
        if comment.line == line and comment.text.startswith("#:"):
            return _header_meaning(comment.text, line, column, comment.column)
    for command in modelfile.commands:
        start = command.column
        if command.line == line and start <= column <= start + len(command.name):
            entry = words().commands[command.name.upper()]
            about = f"**{command.name.upper()}** — {entry.meaning}\n\n```modelfile\n{entry.example}\n```"
            return Meaning(about, line, start, start + len(command.name))
        key_end = command.key_column + len(command.key)
        if command.name == "parameter" and command.line == line and command.key_column <= column <= key_end:
            parameter = parameters().get(command.key)
            return parameter and Meaning(_parameter(parameter), line, command.key_column, key_end)
        value_end = command.value_column + len(command.args)
        if command.name == "from" and command.value_line == line and command.value_column <= column <= value_end:
            about = _model(command.args)
            return Meaning(f"**{command.args}** — {about}", line, command.value_column, value_end) if about else None
    return None


def _header_meaning(comment: str, line: int, column: int, shift: int) -> Meaning | None:
    match = _HEADER.match(comment)
    entry = words().header.get(match["key"]) if match else None
    if match is None or entry is None:
        return None
    key, at = match["key"], column - shift
    if match.start("key") <= at <= match.end("key"):
        values = "".join(f"\n- `{value}`: {meaning}" for value, meaning in entry.values.items())
        about = f"**{key}** — {entry.meaning}\n{values}".rstrip()
        return Meaning(about, line, shift + match.start("key"), shift + match.end("key"))
    if key in CHOICES and at >= match.start("value"):
        for word in _WORD.finditer(comment, match.start("value")):
            if word.start() <= at <= word.end() and word[0] in entry.values:
                about = f"**{word[0]}** — {entry.values[word[0]]}"
                return Meaning(about, line, shift + word.start(), shift + word.end())
    return None


def _parameter(parameter: Parameter) -> str:
    about = f"**{parameter.name}** ({_type(parameter)}) — {parameter.meaning}"
    if parameter.deprecated:
        about += "\n\nDeprecated: Ollama ignores it."
    if parameter.load_time:
        about += "\n\nAnother value makes Ollama load the model again."
    return about


def _type(parameter: Parameter) -> str:
    """As in `float, default 0.8, 0 to 2`."""
    parts = ["whole number" if parameter.kind == "int" else parameter.kind]
    if parameter.default is not None:
        parts.append(f"default {_shown(parameter.default)}")
    least, most = parameter.minimum, parameter.maximum
    if least is not None and most is not None:
        parts.append(f"{least:g} to {most:g}")
    elif least is not None:
        parts.append(f"at least {least:g}")
    if parameter.repeated:
        parts.append("may stand several times")
    return ", ".join(parts)


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _size(model: str) -> str:
    known = catalogue().get(model)
    return f"{known.bytes / 1e9:.1f} GB" if known is not None else ""


def _model(model: str) -> str:
    """The catalogue's entry of a model; "" if it has none."""
    known = catalogue().get(model)
    if known is None:
        return ""
    infill = ", fills in the middle" if catalogue().infill_of(known) is not None else ""
    return (
        f"{known.bytes / 1e9:.1f} GB, {known.memory / 1e9:.1f} GB in memory, context of {known.context_length:,} tokens"
        f"{infill}. {known.note}".strip()
    )
