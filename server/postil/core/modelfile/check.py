"""The errors that Ollama reports about a command when it creates the model."""

from __future__ import annotations

from postil.core.modelfile.commands import Command
from postil.core.modelfile.go_template import template_problem
from postil.core.modelfile.parameters import ValueProblem, check_semver, check_value
from postil.core.modelfile.quotes import LINE_END
from postil.core.models.names import from_problem
from postil.core.review.finding import Problem, Severity


def check(command: Command) -> list[Problem]:
    """The problems of one command."""
    if not command.args and command.name in ("from", "adapter"):
        message = f"{command.name.upper()} needs a value"
        return [command.problem(message, Severity.ERROR)]
    wrong = _wrong(command)
    if wrong is None:
        return []
    line, column, size = command.value_line, command.value_column, len(LINE_END.split(command.written)[0])
    if wrong.about == "name":
        line, column, size = command.line, command.key_column, len(command.key)
    return [Problem(line, column, wrong.message, wrong.severity, column + size)]


def _wrong(command: Command) -> ValueProblem | None:
    if command.name == "parameter":
        return check_value(command.key, command.args)
    if command.name == "requires":
        return check_semver(command.args)
    sentence = None
    if command.name == "from":
        sentence = from_problem(command.args)
    elif command.name == "template":
        sentence = template_problem(command.args)
    return ValueProblem(sentence, "value") if sentence is not None else None
