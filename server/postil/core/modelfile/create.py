"""A Modelfile as input of Ollama's `/api/create`, and names of models there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from postil.core.modelfile.commands import Modelfile
from postil.core.modelfile.parameters import Value, parameters, read_value
from postil.core.modelfile.parser import parse
from postil.core.models.names import is_model_name
from postil.core.request import Message
from postil.core.review.finding import Problem, Severity

ParameterValue = Value | tuple[str, ...]

# Prefix of pushed personas, which distinguishes them in `ollama list`.
PREFIX = "postil-"
# Commands of which Ollama uses only the last one.
_SINGLE = ("from", "adapter", "system", "template", "renderer", "parser", "requires")


@dataclass(frozen=True, slots=True)
class CreateModel:
    """The input of `/api/create`. `from_` is a model's name or, like `adapter`, a path as written. `parameters` are by
    name, in their types, repeated ones as tuples. What is empty is taken from the base model."""

    from_: str
    system: str = ""
    template: str = ""
    licences: tuple[str, ...] = ()
    parameters: tuple[tuple[str, ParameterValue], ...] = ()
    messages: tuple[Message, ...] = ()
    adapter: str = ""
    renderer: str = ""
    parser: str = ""
    requires: str = ""


def create_model(text: str) -> tuple[CreateModel | None, tuple[Problem, ...]]:
    """The model that a Modelfile's text describes. None when a problem is an error. Never raises."""
    modelfile, found = parse(text)
    problems = tuple(sorted((*found, *_left_out(modelfile)), key=lambda problem: (problem.line, problem.column)))
    if any(problem.severity is Severity.ERROR for problem in problems):
        return None, problems
    model = CreateModel(
        from_=_last(modelfile, "from"),
        system=_last(modelfile, "system"),
        template=_last(modelfile, "template"),
        licences=tuple(command.args for command in modelfile.all("license")),
        parameters=_parameters(modelfile),
        messages=modelfile.messages(),
        adapter=_last(modelfile, "adapter"),
        renderer=_last(modelfile, "renderer"),
        parser=_last(modelfile, "parser"),
        requires=_last(modelfile, "requires").removeprefix("v"),
    )
    return model, problems


def pushed_name(persona: str, given: str | None = None) -> str:
    """The name of a persona in Ollama: as given, else `postil-` and its name. ValueError, with a sentence, if it can't
    be a model's name."""
    name = given if given is not None else PREFIX + persona
    if not is_model_name(name) or "://" in name:
        step = "name it otherwise" if given is not None else "give it another name there"
        raise ValueError(f"Ollama can't call a model {name!r} (letters, digits, . _ - only): {step}")
    return name


def persona_name(model: str) -> str:
    """The default name of a persona that is made from a model of Ollama."""
    short = model.rpartition("/")[2].removesuffix(":latest").removeprefix(PREFIX)
    return short.replace(":", "-") or model


def _last(modelfile: Modelfile, name: str) -> str:
    command = modelfile.last(name)
    return command.args if command is not None else ""


def _parameters(modelfile: Modelfile) -> tuple[tuple[str, ParameterValue], ...]:
    values: dict[str, ParameterValue] = {}
    for command in modelfile.all("parameter"):
        known = parameters()[command.key]
        if known.deprecated:
            continue
        value = read_value(command.key, command.args)
        before = values.get(command.key, ())
        values[command.key] = (*before, str(value)) if known.repeated and isinstance(before, tuple) else value
    return tuple(values.items())


def _left_out(modelfile: Modelfile) -> Iterator[Problem]:
    """Warnings for commands that have no effect on the model."""
    yield from modelfile.overridden(*_SINGLE)
    for command in modelfile.all("draft"):
        yield command.problem("DRAFT needs `ollama create --experimental`: it is left out", Severity.WARNING)
