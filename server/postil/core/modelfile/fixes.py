"""Quick fixes for common errors in a Modelfile."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import rapidfuzz

from postil.core.modelfile.commands import COMMANDS, MESSAGE_ROLES, Command, Modelfile
from postil.core.modelfile.parameters import parameters, read_value
from postil.core.modelfile.parser import parse
from postil.core.modelfile.vocabulary import CHOICES
from postil.core.persona.header import HEADER_KEYS
from postil.core.persona.persona import from_modelfile
from postil.core.review.finding import Problem, Severity
from postil.core.text.edits import TextEdit, apply, newline_of
from postil.core.text.positions import LineIndex, Position

# Of 100: `tempurature` and `temperature` are at 91, `num_ctx` and `num_gpu` at 57.
_SIMILARITY = 70
_YES = ("yes", "y", "on", "1", "true")
_NO = ("no", "n", "off", "0", "false")
_STRAY = re.compile(r"([A-Za-z]+)[ \t]*[:=][ \t]*")
_SIGN = re.compile(r"\A[:=]\s*")
_PARAMETER = re.compile(r"(PARAMETER[ \t]+)(\w+)[ \t]*[:=][ \t]*(?=\S)", re.IGNORECASE)
_SPACES = re.compile(r"((?:PARAMETER|MESSAGE) )[ \t]+", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?")
# Thousands. Not 0,125, which is a fraction.
_GROUPS = re.compile(r"[1-9]\d{0,2}(,\d{3})+")
_GLUED = re.compile(r"([A-Za-z]+)(?=\")")
# A line that can't belong to a text with a missing quote.
_NEXT = re.compile(rf"(?:\r\n|\r|\n)+({'|'.join(COMMANDS).upper()}) (?=\S)")
_ROLE = re.compile(r"MESSAGE ([A-Za-z]+)", re.IGNORECASE)
_KEY = re.compile(r"#:\s*([^:]*?)\s*:\s*(.*?)\s*\Z")


@dataclass(frozen=True, slots=True)
class ModelfileFix:
    """An edit (offsets in code points) after which the problem is gone. `title` is for a menu. The edit causes no new
    problem, except one that the first one hid (the value of a misspelled parameter)."""

    problem: Problem
    title: str
    edit: TextEdit


def quick_fixes(text: str, model: str = "", problems: Iterable[Problem] | None = None) -> tuple[ModelfileFix, ...]:
    """The fixes for the problems (default: all) of a persona's text. `model`: the name for a missing FROM."""
    before = from_modelfile("", text)[1]
    wanted = before if problems is None else tuple(problems)
    if not wanted:
        return ()
    modelfile, index = parse(text)[0], LineIndex(text)
    found: list[ModelfileFix] = []
    for problem in wanted:
        for title, edit in _proposed(text, modelfile, index, problem, model):
            known = any((fix.problem, fix.edit) == (problem, edit) for fix in found)
            if not known and _sound(text, before, problem, edit, hides=_hides(modelfile, problem)):
                found.append(ModelfileFix(problem, title, edit))
    return tuple(found)


def _sound(text: str, before: tuple[Problem, ...], problem: Problem, edit: TextEdit, *, hides: bool) -> bool:
    """Whether the edit removes the problem and causes no other; if the problem `hides` others, one may appear instead.
    Problems are compared by their messages, because their places move with the edit."""
    had, has = _serious(before), _serious(from_modelfile("", apply(text, [edit]))[1])
    gone = has[problem.message] < max(had[problem.message], 1)
    return gone and (has.total() <= had.total() if hides else has <= had)


def _hides(modelfile: Modelfile, problem: Problem) -> bool:
    """Whether the rest of the line was not parsed because of the problem."""
    if problem.message.startswith("unknown "):
        return True
    return not problem.message.startswith("no FROM line") and not any(
        command.line <= problem.line < command.end_line for command in modelfile.commands
    )


def _serious(problems: Iterable[Problem]) -> Counter[str]:
    return Counter(problem.message for problem in problems if problem.severity <= Severity.WARNING)


def _proposed(
    text: str, modelfile: Modelfile, index: LineIndex, problem: Problem, model: str
) -> Iterator[tuple[str, TextEdit]]:
    """Edits that may fix the problem; `_sound` drops the others."""
    line = index.line(problem.line)
    start = index.offset(Position(problem.line, 0))
    if problem.message.startswith("no FROM line"):
        if model:
            yield f"Add FROM {model}", _first_command(text, modelfile, index, model)
        return
    if problem.message.endswith("is never closed"):
        yield from _closed(text, line, start, problem)
        return
    command = next((one for one in modelfile.commands if one.line == problem.line), None)
    if line.lstrip("\ufeff \t").startswith("#:"):
        yield from _header(line, start, index, problem)
    elif command is None:
        yield from _unreadable(line, start, problem)
    else:
        yield from _value(command, index, problem)
        if problem.message.startswith("a later ") or "is deprecated" in problem.message:
            first, last = (index.offset(Position(number, 0)) for number in (command.line, command.end_line))
            yield f"Remove this {command.name.upper()}", TextEdit(first, last, "")


def _first_command(text: str, modelfile: Modelfile, index: LineIndex, model: str) -> TextEdit:
    """Insert FROM before the first command, else at the end."""
    newline = newline_of(text)
    if modelfile.commands:
        first = modelfile.commands[0]
        place = index.offset(Position(first.line, first.column))
        return TextEdit(place, place, f"FROM {model}{newline}")
    begins = newline if text and not text.endswith(("\n", "\r", "\ufeff")) else ""
    return TextEdit(len(text), len(text), f"{begins}FROM {model}{newline}")


def _closed(text: str, line: str, start: int, problem: Problem) -> Iterator[tuple[str, TextEdit]]:
    if problem.message.startswith('"""'):
        following = _NEXT.search(text, start + len(line))
        if following is not None:
            word = following[1].strip()
            yield f'Close """ before {word}', TextEdit(following.start(), following.start(), '"""')
        end = len(text.rstrip("\r\n"))
        yield 'Close """ at the end of the file', TextEdit(end, end, '"""')
        end = start + len(line.rstrip())
        yield 'Close """ on this line', TextEdit(end, end, '"""')
    else:
        end = start + len(line.rstrip())
        yield 'Close the " on this line', TextEdit(end, end, '"')


def _unreadable(line: str, start: int, problem: Problem) -> Iterator[tuple[str, TextEdit]]:
    """Edits for a line that isn't a command."""
    indent = len(line) - len(line.lstrip("\ufeff \t"))
    rest = line[indent:]
    if match := _PARAMETER.match(rest):
        new = f"PARAMETER {match[2]} "
        yield f"Write {new.strip()} and a space", TextEdit(start + indent, start + indent + match.end(), new)
    elif (match := _STRAY.match(rest)) and match[1].lower() in COMMANDS:
        new = f"{match[1].upper()} "
        yield f"Write {new.strip()} and a space", TextEdit(start + indent, start + indent + match.end(), new)
    if match := _SPACES.match(rest):
        yield "Leave one space", TextEdit(start + indent + match.end(1), start + indent + match.end(), "")
    if match := _ROLE.match(rest):
        place, end = start + indent + match.start(1), start + indent + match.end(1)
        if sign := re.match(r"[ \t]*[:=][ \t]*", rest[match.end() :]):
            yield f"Leave {sign[0].strip()} out", TextEdit(end, end + sign.end(), " ")
        for role in tuple(_similar(match[1].lower(), MESSAGE_ROLES)) or MESSAGE_ROLES:
            yield f"Write {role}", TextEdit(place, end, role)
    if (match := _GLUED.match(rest)) and match[1].lower() in COMMANDS:
        place = start + indent + match.end(1)
        yield "Put a space before the quote", TextEdit(place, place, " ")
    word = re.match(r"[A-Za-z_]+", line[problem.column :])
    if word is not None:
        place = start + problem.column
        for name in _similar(word[0].upper(), [name.upper() for name in COMMANDS]):
            yield f"Write {name}", TextEdit(place, place + len(word[0]), name)


def _header(line: str, start: int, index: LineIndex, problem: Problem) -> Iterator[tuple[str, TextEdit]]:
    shift = line.index("#:")
    match = _KEY.match(line, shift)
    if match is None:
        pair = re.compile(r"#:\s*([\w-]+)(\s*=\s*|\s+)(?=\S)").match(line, shift)
        if pair is not None and pair[1] in HEADER_KEYS:
            yield f"Write {pair[1]}:", TextEdit(start + pair.start(2), start + pair.end(2), ": ")
        return
    key, value = match[1], match[2]
    if "stands twice" in problem.message:
        end = index.offset(Position(problem.line + 1, 0))
        yield f"Remove this {key}", TextEdit(start, end, "")
    elif key not in HEADER_KEYS:
        for name in _similar(key.lower().replace("_", "-"), HEADER_KEYS):
            yield f"Write {name}", TextEdit(start + match.start(1), start + match.end(1), name)
    elif key in CHOICES:
        place = start + match.start(2)
        parts = re.split(r"(\s*,\s*|\s*\.\.\s*)", value)
        near = [
            part if number % 2 else next(_similar(part.lower(), CHOICES[key]), part)
            for number, part in enumerate(parts)
        ]
        yield f"Write {''.join(near)}", TextEdit(place, place + len(value), "".join(near))


def _value(command: Command, index: LineIndex, problem: Problem) -> Iterator[tuple[str, TextEdit]]:
    place = index.offset(Position(command.value_line, command.value_column))
    if command.name == "from" and (match := _SIGN.match(command.written)):
        yield f"Leave {match[0].strip()} out", TextEdit(place, place + match.end(), "")
    if command.name != "parameter" or problem.line != command.line:
        return
    key = command.key
    if key not in parameters():
        start = index.offset(Position(command.line, command.key_column))
        for name in _similar(key.lower(), [one.name for one in parameters().values() if not one.deprecated]):
            yield f"Write {name}", TextEdit(start, start + len(key), name)
        return
    if command.written != command.args and not command.written.endswith('"'):
        # An open quote or unprintable characters have fixes of their own.
        return
    written = _SIGN.sub("", command.args, count=1)
    for value in [written] if written != command.args and _fits(key, written) else _similar_values(key, written):
        yield f"Write {value}", TextEdit(place, place + len(command.written), value)


def _similar_values(name: str, written: str) -> Iterator[str]:
    """Valid values that the text clearly stands for."""
    parameter = parameters()[name]
    if parameter.kind == "bool":
        known = written.lower()
        yield from ["true"] if known in _YES else ["false"] if known in _NO else []
        return
    if _GROUPS.fullmatch(written):
        # `4,000` is 4000 for a whole number, and ambiguous for another.
        yield from [re.sub("[,_]", "", written)] if parameter.kind == "int" else []
        return
    number = written.replace(",", ".").replace("_", "")
    if parameter.kind == "int":
        number = re.sub(r"\.0?\Z", "", number)
        if thousands := re.fullmatch(r"(\d{1,6})[kK]", written):
            number = str(int(thousands[1]) * 1024)
    if number != written and _fits(name, number):
        yield number
    elif _NUMBER.fullmatch(written):
        least, most = parameter.minimum, parameter.maximum
        if least is not None and float(written) < least:
            yield f"{least:g}"
        elif most is not None and float(written) > most:
            yield f"{most:g}"


def _fits(name: str, value: str) -> bool:
    try:
        read_value(name, value)
    except ValueError:
        return False
    return True


def _similar(word: str, known: Iterable[str]) -> Iterator[str]:
    """The most similar word, if it is similar enough."""
    found = rapidfuzz.process.extractOne(word, list(known), score_cutoff=_SIMILARITY)
    if found is not None:
        yield found[0]
