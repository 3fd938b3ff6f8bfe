"""Parses a Modelfile into commands with their places.

Follows `parser/parser.go` of Ollama 0.24.0 including its quirks (one space between PARAMETER and its name, quotes that
may close lines later, unprintable characters dropped): what is accepted here `ollama create` accepts too. Unlike
Ollama's parser it continues after an error, and reports the place of each one."""

from __future__ import annotations

import codecs
import re

from postil.core.modelfile.check import check
from postil.core.modelfile.commands import COMMANDS, MESSAGE_ROLES, Command, Comment, Modelfile
from postil.core.modelfile.quotes import BLANK, LINE_END, printable, unquote, value_end
from postil.core.review.finding import Problem, Severity

_SPACE = " \t"


def decode(data: bytes) -> tuple[str, tuple[Problem, ...]]:
    """A file's bytes as text: UTF-8, or UTF-16 with a byte order mark. Invalid bytes become U+FFFD and are reported."""
    encoding = "utf-8"
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    elif data.startswith(codecs.BOM_UTF16_LE):
        data, encoding = data[2:], "utf-16-le"
    elif data.startswith(codecs.BOM_UTF16_BE):
        data, encoding = data[2:], "utf-16-be"
    text = data.decode(encoding, "replace")
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        before = LINE_END.split(data[: error.start].decode(encoding, "replace"))
        message = f"the file is not {encoding.upper()}: save it as UTF-8"
        return text, (Problem(len(before) - 1, len(before[-1]), message),)
    return text, ()


def parse(text: str) -> tuple[Modelfile, tuple[Problem, ...]]:
    """The commands of `text`, and its problems. A line that can't be parsed is reported and left out. Never raises."""
    reader = _Reader(text)
    reader.run()
    problems = list(reader.problems)
    for command in reader.commands:
        problems += check(command)
    if not any(command.name == "from" for command in reader.commands):
        problems.append(Problem(0, 0, "no FROM line: add `FROM` and the name of a model"))
    problems.sort(key=lambda problem: (problem.line, problem.column))
    return Modelfile(tuple(reader.commands), tuple(reader.comments), text), tuple(problems)


class _Reader:
    """One pass over a text. `place` is the offset of the next character, `line_start` that of its line."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.line = 0
        self.line_start = 0
        self.no_quote_closes = False
        self.commands: list[Command] = []
        self.comments: list[Comment] = []
        self.problems: list[Problem] = []

    @property
    def column(self) -> int:
        return self.place - self.line_start

    def run(self) -> None:
        size = len(self.text)
        if self.text.startswith("\ufeff"):
            self.place = 1
        while self.place < size:
            char = self.text[self.place]
            if char in "\r\n":
                self._newline()
            elif char == "#":
                start, column = self.place, self.column
                self._skip_line()
                self.comments.append(Comment(self.text[start : self.place], self.line, column))
            elif char in _SPACE:
                self.place += 1
            else:
                self._command()

    def _newline(self) -> None:
        match = LINE_END.match(self.text, self.place)
        assert match is not None
        self.place = match.end()
        self.line += 1
        self.line_start = self.place

    def _skip_line(self) -> None:
        match = LINE_END.search(self.text, self.place)
        self.place = match.start() if match else len(self.text)

    def _wrong(self, message: str, line: int, column: int, end_column: int | None = None) -> None:
        self.problems.append(Problem(line, column, message, Severity.ERROR, end_column))

    def _refuse(self, message: str, column: int) -> None:
        end = max(self.column, column + 1)
        self._wrong(message, self.line, column, end)
        self._skip_line()

    def _word(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.place)
        word = match.group() if match else ""
        self.place += len(word)
        return word

    def _at_space(self) -> bool:
        return self.place < len(self.text) and self.text[self.place] in _SPACE

    def _command(self) -> None:
        if not self.text[self.place].isprintable():
            self.place += 1  # Ollama drops it, and takes whatever comes next as the command's name
        start, line, column = self.place, self.line, self.column
        name = self._word(_LETTERS)
        if name.lower() not in COMMANDS:
            shown = name or self.text[start : start + 1]
            known = ", ".join(command.upper() for command in COMMANDS)
            self._refuse(
                f"unknown command {shown!r}: a line begins with # or one of {known}",
                column,
            )
            return
        if not self._at_space():
            self._refuse(f"{name.upper()} needs a space and a value after it", column)
            return
        self.place += 1
        key, key_column = "", self.column
        if name.lower() in ("parameter", "message"):
            found = self._key(name.lower(), column)
            if found is None:
                return
            key = found
        self._skip_spaces()
        value_line, value_column = self.line, self.column
        args = self._value()
        raw = self.text[start : self.place]
        command = Command(
            name.lower(), args, line, column, self.line + 1, key, key_column, value_line, value_column, raw
        )
        self.commands.append(command)

    def _key(self, name: str, column: int) -> str | None:
        """The word after PARAMETER or MESSAGE and the one space after it; None when refused."""
        what = "a parameter's name" if name == "parameter" else f"a role ({', '.join(MESSAGE_ROLES)})"
        if self._at_space():
            self._refuse(f"exactly one space between {name.upper()} and {what}", column)
            return None
        key_column = self.column
        key = self._word(_KEY if name == "parameter" else _LETTERS)
        if not key:
            self._refuse(f"{name.upper()} needs {what}", column)
        elif not self._at_space():
            self._refuse(f"{name.upper()} {key} needs a space and a value after it", column)
        elif name == "message" and key not in MESSAGE_ROLES:
            self._refuse(f"unknown role {key!r}: use {', '.join(MESSAGE_ROLES)} in lower case", key_column)
        else:
            self.place += 1
            return key
        return None

    def _skip_spaces(self) -> None:
        while self._at_space():
            self.place += 1

    def _unclosable(self) -> bool:
        """Whether a `"` here can't be closed, because an earlier one found no closing quote up to the end of the text.
        Without this a file full of unclosed quotes would be searched once per line."""
        return self.no_quote_closes and self.text.startswith('"', self.place)

    def _value(self) -> str:
        """The value at `place`. Afterwards `place` is at the line end that closes it, or at the end of the text."""
        end = None if self._unclosable() else value_end(self.text, self.place)
        if end is None:
            triple = self.text.startswith('"""', self.place)
            quote = '"""' if triple else '"'
            self.no_quote_closes = True
            self._wrong(f"{quote} is never closed", self.line, self.column, self.column + len(quote))
            # An unclosed `\"\"\"` takes the rest of the file, as for Ollama. After an unclosed `"` the next lines are
            # probably commands, and their problems are worth reporting.
            match = None if triple else LINE_END.search(self.text, self.place)
            end = match.start() if match else len(self.text)
            value = printable(self.text[self.place : end]).strip(BLANK)[len(quote) :]
        else:
            value = unquote(printable(self.text[self.place : end]).strip(BLANK)) or ""
        for match in LINE_END.finditer(self.text, self.place, end):
            self.line += 1
            self.line_start = match.end()
        self.place = end
        return value


_LETTERS = re.compile(r"[A-Za-z]+")
_KEY = re.compile(r"[A-Za-z0-9_]+")
