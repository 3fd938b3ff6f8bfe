"""A persona: a reader of code with its model, prompt and options, described by a Modelfile.

Settings that Ollama doesn't know are in comments of the form `#: key: value`, so `ollama create` accepts a persona's
file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256

from postil.core.modelfile.commands import Modelfile
from postil.core.modelfile.parameters import Value, check_value, read_value
from postil.core.modelfile.parser import parse
from postil.core.persona.header import Changes, Does, Method, PersonaRole, Trigger, header
from postil.core.request import LoadOptions, Message, Sampling, Think
from postil.core.review.finding import Problem, Severity

# More findings on one unit are noise. A persona's file can set another number.
DEFAULT_MAX_FINDINGS = 8
# The noun in the prompts unless the file sets another; they were measured with this one.
DEFAULT_LOOKS_FOR = "defect"

_SAMPLING = {name: name for name in ("temperature", "top_k", "top_p", "min_p", "repeat_penalty", "seed")} | {
    "num_predict": "max_tokens"
}
_LOADING = ("num_ctx", "num_batch", "num_gpu", "num_thread")


@dataclass(frozen=True, slots=True)
class Persona:
    """A persona. `severity` is (least, most serious): no finding is more serious.
    `languages` are language ids; empty means every language. `include` and `exclude` are .gitignore globs relative to
    the workspace. `max_findings` is per unit. `num_ctx` is the context in the file; None means the user's setting (use
    `load_options`). `system` is "" without a SYSTEM. `looks_for` is a singular noun ("security hole") that replaces
    "defect" in the prompts. `answer_in` is the language of the sentences for the user, in its own words
    ("简体中文"); "" leaves it to the model. `think`: whether a model that can think does so; None leaves it to the
    setting `review.think`.

    For an action: `kind` is its LSP code action kind, `does` what becomes of the answer, `changes` what it may change,
    `task` the instruction after the code ("" means its title; `{input}` is replaced by the user's words, `{language}`
    by `answer_in`), `asks` the question to the user ("" means none).

    For a repairer: `task` is the instruction after the code ("" means the profile's; `{path}`, `{name}` and `{failure}`
    are replaced). `evidence`: the names of checks and tools that a fix of this persona has to pass.

    For an agent: `tools` that it may call, by name or by a beginning with `*`; empty means all.
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
    think: Think | None = None
    triggers: tuple[Trigger, ...] = ("save", "open", "manual")
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    looks_for: str = DEFAULT_LOOKS_FOR
    answer_in: str = ""
    kind: str = "refactor.rewrite"
    does: Does = "replace"
    changes: Changes = "everything"
    task: str = ""
    asks: str = ""
    evidence: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of all fields that influence a review; globs, triggers and title don't."""
        who = (self.name, self.role, self.model, self.system, self.messages, self.template)
        how = (self.sampling, self.load, self.num_ctx, self.method, self.think)
        what = (self.severity, self.max_findings, self.min_score, self.looks_for, self.answer_in)
        does = (self.does, self.changes, self.task)
        said = (who, how, what, does)
        return sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()

    def load_options(self, num_ctx: int) -> LoadOptions:
        """The load options; `num_ctx` (tokens) counts if the file has none."""
        return replace(self.load, num_ctx=self.num_ctx or num_ctx)

    def speaks(self, language: str) -> bool:
        """Whether the persona reads this language."""
        return not self.languages or language in self.languages


def from_modelfile(name: str, text: str) -> tuple[Persona | None, tuple[Problem, ...]]:
    """The persona `name` described by a Modelfile's text, and the problems of the text. None if a problem is an error.
    Never raises."""
    modelfile, found = parse(text)
    problems = list(found)
    problems += modelfile.overridden("from", "system", "template")
    problems += _not_sent(modelfile)
    values = header(modelfile.comments, problems)
    sampling, load, num_ctx = _options(modelfile, problems)
    model = modelfile.last("from")
    system, template = modelfile.last("system"), modelfile.last("template")
    problems.sort(key=lambda problem: (problem.line, problem.column))
    if model is None or any(problem.severity is Severity.ERROR for problem in problems):
        return None, tuple(problems)
    persona = Persona(
        name=name,
        role="review",
        model=model.args,
        system=system.args if system else "",
        messages=modelfile.messages(),
        sampling=sampling,
        load=load,
        num_ctx=num_ctx,
        template=template.args if template else None,
        title=default_title(name),
    )
    return replace(persona, **values), tuple(problems)


def default_title(name: str) -> str:
    """The title of a persona whose file has none."""
    return name.replace("-", " ").replace("_", " ").capitalize()


def _not_sent(modelfile: Modelfile) -> Iterator[Problem]:
    """Warnings for commands that can't be part of a request."""
    for name in ("adapter", "draft"):
        for command in modelfile.all(name):
            message = f"{name.upper()} needs `ollama create`: it can't travel with a request and is ignored here"
            yield command.problem(message, Severity.WARNING)


def _options(modelfile: Modelfile, problems: list[Problem]) -> tuple[Sampling, LoadOptions, int | None]:
    """The options in the PARAMETER lines, and the context that they ask for."""
    sampling: dict[str, Value | None] = {}
    load: dict[str, Value] = {}
    stops: list[str] = []
    for command in modelfile.all("parameter"):
        if check_value(command.key, command.args) is not None:
            continue
        value = read_value(command.key, command.args)
        if command.key in _SAMPLING:
            sampling[_SAMPLING[command.key]] = value
        elif command.key in _LOADING:
            load[command.key] = value
        elif command.key == "stop":
            stops.append(command.args)
        else:
            message = f"{command.key} counts for `ollama run` only: Postil doesn't send it"
            problems.append(command.problem(message, Severity.INFORMATION))
    limit = sampling.get("max_tokens")
    if isinstance(limit, int) and limit < 0:
        # -1 (no limit) and -2 (fill the context) leave the limit to the engine.
        sampling["max_tokens"] = None
    num_ctx = load.get("num_ctx")
    options = replace(Sampling(stop=tuple(stops)), **sampling), replace(LoadOptions(), **load)
    return *options, num_ctx if isinstance(num_ctx, int) else None
