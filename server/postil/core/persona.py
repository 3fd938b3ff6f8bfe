"""A persona: who reads the code, with which model and how, read from a Modelfile.

What Ollama has no word for stands in comments that its parser skips: `#: key: value`. A persona's file is
accepted by `ollama create` as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Literal, get_args

from postil.core.finding import Problem, Severity
from postil.core.modelfile import Command, Comment, Modelfile, parse
from postil.core.parameters import Value, check_value, read_value
from postil.core.request import LoadOptions, Message, Sampling

PersonaRole = Literal["review", "complete", "chat", "document", "test", "action"]
Method = Literal["auto", "edit", "list"]
Trigger = Literal["save", "open", "manual"]

# More notes than this on one unit are noise whatever the model says; a persona that knows better says so.
DEFAULT_MAX_FINDINGS = 8
# What a reviewer looks for unless its file says otherwise; the prompts were measured with this word.
DEFAULT_LOOKS_FOR = "defect"

_SAMPLING = {name: name for name in ("temperature", "top_k", "top_p", "min_p", "repeat_penalty", "seed")} | {
    "num_predict": "max_tokens"
}
_LOADING = ("num_ctx", "num_batch", "num_gpu", "num_thread")
_HEADER = re.compile(r"#:(\s*)([^:]*?)\s*:(\s*)(.*?)\s*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Persona:
    """A persona. `severity` is (least serious, most serious): what it may say; a finding outside is moved to
    the nearer end. `languages` are language ids, empty = every one. `include`/`exclude` are .gitignore globs
    relative to the workspace. `max_findings` counts within one unit. `num_ctx` is the context the file asks
    for, None = the user's setting; use `load_options`. `system` is "" without a SYSTEM. `looks_for` is a noun in
    the singular ("security hole") that takes the place of "defect" in the prompts. `answer_in` names the language
    of the sentences for the user as its speakers do ("简体中文"), "" = the model's choice.
    """

    name: str
    role: PersonaRole
    model: str
    system: str = ""
    messages: tuple[Message, ...] = ()
    sampling: Sampling = field(default_factory=Sampling)
    load: LoadOptions = field(default_factory=LoadOptions)
    num_ctx: int | None = None
    template: str | None = None
    title: str = ""
    languages: tuple[str, ...] = ()
    severity: tuple[Severity, Severity] = (Severity.HINT, Severity.ERROR)
    max_findings: int = DEFAULT_MAX_FINDINGS
    method: Method = "auto"
    min_score: float | None = None
    triggers: tuple[Trigger, ...] = ("save", "open", "manual")
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    looks_for: str = DEFAULT_LOOKS_FOR
    answer_in: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of what influences a review. Where and when it runs (globs, triggers, title) does not."""
        who = (self.name, self.role, self.model, self.system, self.messages, self.template)
        how = (self.sampling, self.load, self.num_ctx, self.method)
        what = (self.severity, self.max_findings, self.min_score, self.looks_for, self.answer_in)
        said = (who, how, what)
        return sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()

    def load_options(self, num_ctx: int) -> LoadOptions:
        """What the model is loaded with; `num_ctx` (tokens) counts where the file doesn't say."""
        return replace(self.load, num_ctx=self.num_ctx or num_ctx)

    def clamp(self, severity: Severity) -> Severity:
        """The nearest severity that this persona may use."""
        least, most = self.severity
        return max(most, min(least, severity))

    def speaks(self, language: str) -> bool:
        """Whether it reads this language."""
        return not self.languages or language in self.languages


def from_modelfile(name: str, text: str) -> tuple[Persona | None, tuple[Problem, ...]]:
    """The persona called `name` in a Modelfile's text. None when a problem is an error; then the problems say
    where. Never raises."""
    modelfile, found = parse(text)
    problems = list(found)
    problems += _duplicates(modelfile)
    values = _header(modelfile.comments, problems)
    sampling, load = _options(modelfile, problems)
    model = modelfile.last("from")
    system, template = modelfile.last("system"), modelfile.last("template")
    problems.sort(key=lambda problem: (problem.line, problem.column))
    if model is None or any(problem.severity is Severity.ERROR for problem in problems):
        return None, tuple(problems)
    persona = Persona(
        name=name,
        role=values.pop("role", "review"),
        model=model.args,
        system=system.args if system else "",
        messages=tuple(Message(_role(command), command.args) for command in modelfile.all("message")),
        sampling=Sampling(**sampling),
        load=LoadOptions(**load),
        num_ctx=load.get("num_ctx"),
        template=template.args if template else None,
        title=values.pop("title", name.replace("-", " ").replace("_", " ").capitalize()),
        **values,
    )
    return persona, tuple(problems)


def _role(command: Command) -> Literal["system", "user", "assistant"]:
    return "system" if command.key == "system" else "assistant" if command.key == "assistant" else "user"


def _duplicates(modelfile: Modelfile) -> list[Problem]:
    """Warnings for what stands twice where the last one counts, and for what can't travel with a request."""
    problems = []
    for name in ("from", "system", "template"):
        for command in modelfile.all(name)[:-1]:
            message = f"a later {name.upper()} takes the place of this one"
            problems.append(_at(command, message, Severity.WARNING))
    for name in ("adapter", "draft"):
        for command in modelfile.all(name):
            message = f"{name.upper()} needs `ollama create`: it can't travel with a request and is ignored here"
            problems.append(_at(command, message, Severity.WARNING))
    return problems


def _at(command: Command, message: str, severity: Severity) -> Problem:
    return Problem(command.line, command.column, message, severity, command.column + len(command.name))


def _options(modelfile: Modelfile, problems: list[Problem]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Keyword arguments of Sampling and LoadOptions from the PARAMETER lines."""
    sampling: dict[str, Any] = {}
    load: dict[str, Any] = {}
    stops: list[str] = []
    for command in modelfile.all("parameter"):
        if check_value(command.key, command.args) is not None:
            continue
        value: Value = read_value(command.key, command.args)
        if command.key in _SAMPLING:
            sampling[_SAMPLING[command.key]] = value
        elif command.key in _LOADING:
            load[command.key] = value
        elif command.key == "stop":
            stops.append(command.args)
        else:
            message = f"{command.key} counts for `ollama run` only: Postil doesn't send it"
            problems.append(_at(command, message, Severity.INFORMATION))
    # num_predict -1 (no limit) and -2 (fill the context) are limits of the engine's choosing.
    if sampling.get("max_tokens", 0) < 0:
        sampling["max_tokens"] = None
    return sampling | {"stop": tuple(stops)}, load


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in (part.strip() for part in text.split(",")) if word)


def _choice(choices: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in choices:
            raise ValueError(f"use {', '.join(choices)}, not {text!r}")
        return text

    return read


def _language_ids(text: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _words(text))


def _triggers(text: str) -> tuple[str, ...]:
    return tuple(_choice(get_args(Trigger))(word) for word in _words(text))


def _severities(text: str) -> tuple[Severity, Severity]:
    ends = [Severity.parse(part) for part in text.split("..")]
    if len(ends) > 2:
        raise ValueError("use two severities, e.g. hint..error")
    return max(ends), min(ends)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= 1000 or len(text) > 6:
        raise ValueError(f"use a whole number from 1 to 1000, not {text!r}")
    return int(text)


def _score(text: str) -> float:
    try:
        score = float(text)
    except ValueError:
        score = -1.0
    if not 0 <= score <= 1:
        raise ValueError(f"use a number from 0 to 1, not {text!r}")
    return score


def _phrase(most: int) -> Callable[[str], str]:
    """Words that are put into a prompt."""

    def read(text: str) -> str:
        if len(text) > most:
            raise ValueError(f"use at most {most} characters, not {len(text)}")
        if "`" in text or not text.isprintable():
            raise ValueError("use plain words, without backticks and control characters")
        return text

    return read


HEADER_KEYS: dict[str, Callable[[str], Any]] = {
    "role": _choice(get_args(PersonaRole)),
    "title": str,
    "languages": _language_ids,
    "severity": _severities,
    "max-findings": _count,
    "method": _choice(get_args(Method)),
    "min-score": _score,
    "triggers": _triggers,
    "include": _words,
    "exclude": _words,
    "looks-for": _phrase(60),
    "answer-in": _phrase(40),
}
"""The keys of `#: key: value` lines and what reads their value (ValueError with a sentence when it can't)."""


def _header(comments: tuple[Comment, ...], problems: list[Problem]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for comment in comments:
        if not comment.text.startswith("#:"):
            continue
        wrong = _header_line(comment, values)
        if wrong is not None:
            message, start, size = wrong
            column = comment.column + start
            problems.append(Problem(comment.line, column, message, Severity.ERROR, column + max(size, 1)))
    return values


def _header_line(comment: Comment, values: dict[str, Any]) -> tuple[str, int, int] | None:
    """Reads one line into `values`; or says what is wrong, with the column in the comment and the size."""
    match = _HEADER.match(comment.text)
    if match is None:
        return "use `#: key: value`", 0, len(comment.text)
    key, value = match[2], match[4]
    if key not in HEADER_KEYS:
        return f"unknown key {key!r}: use {', '.join(HEADER_KEYS)}", match.start(2), len(key)
    field_name = key.replace("-", "_")
    if field_name in values:
        return f"{key} stands twice", match.start(2), len(key)
    if not value:
        return f"{key} needs a value", match.start(2), len(key)
    try:
        values[field_name] = HEADER_KEYS[key](value)
    except ValueError as error:
        return f"{key}: {error}", match.start(4), len(value)
    return None
