"""The commands of a Modelfile as values, and their usual form as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from postil.core.modelfile.quotes import BLANK, quoted
from postil.core.request import Message, Role
from postil.core.review.finding import Problem, Severity

COMMANDS = (
    "from",
    "parameter",
    "template",
    "system",
    "adapter",
    "license",
    "message",
    "renderer",
    "parser",
    "requires",
    "draft",
)
MESSAGE_ROLES = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `name` is in lower case (`from`, `parameter`, …), `args` is its value without quotes.

    `key` is a parameter's name or a message's role, else empty. Lines and columns (code points) are 0-based, `end_line`
    is exclusive. The value begins, with its quotes, at `value_line`/`value_column`. `raw` is the text of the command
    from its name to the end of its value.
    """

    name: str
    args: str
    line: int = field(default=0, compare=False)
    column: int = field(default=0, compare=False)
    end_line: int = field(default=1, compare=False)
    key: str = ""
    key_column: int = field(default=0, compare=False)
    value_line: int = field(default=0, compare=False)
    value_column: int = field(default=0, compare=False)
    raw: str = field(default="", compare=False)

    @property
    def written(self) -> str:
        """The text of the value, with its quotes and the characters that Ollama drops."""
        return self.raw[self.value_column - self.column :].rstrip(BLANK)

    def problem(self, message: str, severity: Severity) -> Problem:
        """A problem at the command's name."""
        return Problem(self.line, self.column, message, severity, self.column + len(self.name))


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment from its `#` to the end of the line (exclusive)."""

    text: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Modelfile:
    """The commands and comments of a file, in its order. `text` is the parsed text; "" if there was none."""

    commands: tuple[Command, ...]
    comments: tuple[Comment, ...] = ()
    text: str = field(default="", compare=False)

    def all(self, name: str) -> tuple[Command, ...]:
        return tuple(command for command in self.commands if command.name == name)

    def last(self, name: str) -> Command | None:
        """The last command of a name, which is the one that Ollama uses (FROM, SYSTEM, TEMPLATE, …)."""
        found = self.all(name)
        return found[-1] if found else None

    def messages(self) -> tuple[Message, ...]:
        """The conversation of the MESSAGE commands."""
        return tuple(Message(_role(command.key), command.args) for command in self.all("message"))

    def overridden(self, *names: str) -> Iterator[Problem]:
        """Warnings for commands that a later one of the same name replaces."""
        for name in names:
            for command in self.all(name)[:-1]:
                yield command.problem(f"a later {name.upper()} takes the place of this one", Severity.WARNING)


def _role(key: str) -> Role:
    return "system" if key == "system" else "assistant" if key == "assistant" else "user"


def render_command(command: Command) -> str:
    """A command in its usual form: the name in capitals, quotes only where needed."""
    raw_value = ""
    if command.raw:
        parts = command.raw.split(None, 2 if command.key else 1)
        raw_value = parts[-1] if len(parts) == (3 if command.key else 2) else ""
    words = [command.name.upper(), command.key, quoted(command.args, raw_value)]
    return " ".join(word for word in words if word)


def render(modelfile: Modelfile) -> str:
    """The file with every command in its usual form. Comments, blank lines and lines that could not be parsed stay as
    they are. `parse(render(m))` has the same commands as `m`."""
    if not modelfile.text:
        return "".join(render_command(command) + "\n" for command in modelfile.commands)
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", modelfile.text)
    out: list[str] = []
    place = 0
    for command in modelfile.commands:
        out += lines[place : command.line]
        out.append(render_command(command) + "\n")
        place = command.end_line
    return "".join(out + lines[place:])
