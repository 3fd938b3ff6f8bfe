"""Turns the answer of Ollama's `/api/show` into the Modelfile of a persona."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from postil.core.modelfile.commands import Command, Modelfile, render_command
from postil.core.modelfile.parameters import check_value, parameters
from postil.core.modelfile.parser import parse
from postil.core.modelfile.quotes import printable
from postil.core.review.finding import Severity
from postil.core.text.plain import one_line

# Go writes a float64 that holds a whole number as 1e+06 from a million on.
_FLOAT = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Shown:
    """The answer of `/api/show`. In `modelfile` quotes aren't escaped; `system` and `template` are exact. `infill`:
    whether the model can fill in the middle."""

    name: str
    modelfile: str
    system: str = ""
    template: str = ""
    infill: bool = False


def persona_text(shown: Shown, base: Shown | None = None, title: str = "") -> tuple[str, tuple[str, ...]]:
    """A model as a persona's Modelfile, and sentences about what was left out. `base`: the model that it was made from
    by its own account; it becomes the FROM if its weights are the same, else the model itself does."""
    modelfile, problems = _read(shown)
    weights = _weights(modelfile)
    origin = base if base is not None and weights and weights == _weights(_read(base)[0]) else shown
    system_is_own = bool(shown.system) and (origin is shown or shown.system != origin.system)
    completes = shown.infill and (origin is shown or not system_is_own)
    commands = [Command("from", origin.name)]
    if shown.template and shown.template != origin.template:
        commands.append(Command("template", shown.template))
    commands += _parameters(modelfile, problems)
    if shown.system:
        commands.append(Command("system", shown.system))
    commands += modelfile.all("message")
    name = one_line(shown.name)
    lines = [
        f"# {one_line(title) or name}",
        "#",
        f"# Taken from Ollama's model {name} with `postil personas pull`. Say here what it is for.",
        "#",
        f"#: role: {'complete' if completes else 'review'}",
        *([f"#: title: {one_line(title)}"] if one_line(title) else []),
    ]
    before = ""
    for command in commands:
        line = _written(command, problems)
        if line:
            lines += [line] if command.name == before == "parameter" else ["", line]
            before = command.name
    return "\n".join(lines) + "\n", tuple(dict.fromkeys(problems))


def _read(shown: Shown) -> tuple[Modelfile, list[str]]:
    """The parsed Modelfile, without the two texts that are known exactly: their quotes may be wrong."""
    text = shown.modelfile
    for name, value in (("SYSTEM", shown.system), ("TEMPLATE", shown.template)):
        if value:
            text = text.replace(f"{name} {_go_quoted(value)}\n", "", 1)
    modelfile, found = parse(text)
    kept = {command.line for command in modelfile.all("parameter")}
    problems = [
        f"line {problem.line + 1} of what Ollama shows of {one_line(shown.name)} was left out: {problem.message}"
        for problem in found
        if problem.severity is Severity.ERROR and problem.line not in kept
    ]
    return modelfile, problems


def _go_quoted(value: str) -> str:
    """`quote` of parser/parser.go in Ollama 0.24.0."""
    if "\n" not in value and not value.startswith(" ") and not value.endswith(" "):
        return value
    quote = '"""' if '"' in value else '"'
    return f"{quote}{value}{quote}"


def _weights(modelfile: Modelfile) -> tuple[tuple[str, str], ...]:
    """The files of a model: weights, projectors and adapters."""
    return tuple((command.name, command.args) for command in modelfile.commands if command.name in ("from", "adapter"))


def _parameters(modelfile: Modelfile, problems: list[str]) -> list[Command]:
    found: list[Command] = []
    for command in modelfile.all("parameter"):
        known = parameters().get(command.key)
        if known is not None and known.kind == "int" and _FLOAT.fullmatch(command.args):
            number = float(command.args)
            command = replace(command, args=str(int(number)) if number.is_integer() else command.args, raw="")
        wrong = check_value(command.key, command.args)
        if wrong is None:
            found.append(command)
        else:
            problems.append(f"PARAMETER {command.key} was left out: {wrong.message}")
    return found


def _written(command: Command, problems: list[str]) -> str:
    """The command as text; "" if a Modelfile can't express it."""
    what = f"{command.name.upper()} {command.key}".strip()
    for args in (command.args, command.args.replace('"""', "'''")):
        line = render_command(replace(command, args=args, raw=""))
        again, found = parse(line if command.name == "from" else f"FROM x\n{line}")
        wrong = [problem for problem in found if problem.severity is Severity.ERROR]
        if not wrong and len(again.commands) == (1 if command.name == "from" else 2):
            if args != command.args:
                problems.append(f"{what}: \"\"\" at a line's end can't be written in a Modelfile, ''' stands there now")
            elif again.commands[-1].args != args:
                unprintable = printable(args) != args
                problems.append(f"{what}: {'unprintable characters were' if unprintable else 'blanks were'} left out")
            return line
    problems.append(f"{what} was left out: no Modelfile can hold its text")
    return ""
