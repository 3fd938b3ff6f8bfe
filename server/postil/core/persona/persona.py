"""A persona: who reads the code, with which model and how, read from a Modelfile.

What Ollama has no word for stands in comments that its parser skips: `#: key: value`. A persona's file is
accepted by `ollama create` as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256

from postil.core.modelfile.commands import Modelfile
from postil.core.modelfile.parameters import Value, check_value, read_value
from postil.core.modelfile.parser import parse
from postil.core.persona.header import Changes, Does, Method, PersonaRole, Trigger, header
from postil.core.request import LoadOptions, Message, Sampling
from postil.core.review.finding import Problem, Severity

# More notes than this on one unit are noise whatever the model says; a persona that knows better says so.
DEFAULT_MAX_FINDINGS = 8
# What a reviewer looks for unless its file says otherwise; the prompts were measured with this word.
DEFAULT_LOOKS_FOR = "defect"

_SAMPLING = {name: name for name in ("temperature", "top_k", "top_p", "min_p", "repeat_penalty", "seed")} | {
    "num_predict": "max_tokens"
}
_LOADING = ("num_ctx", "num_batch", "num_gpu", "num_thread")


@dataclass(frozen=True, slots=True)
class Persona:
    """A persona. `severity` is (least serious, most serious): what it may say; a finding outside is moved to
    the nearer end. `languages` are language ids, empty = every one. `include`/`exclude` are .gitignore globs
    relative to the workspace. `max_findings` counts within one unit. `num_ctx` is the context the file asks
    for, None = the user's setting; use `load_options`. `system` is "" without a SYSTEM. `looks_for` is a noun in
    the singular ("security hole") that takes the place of "defect" in the prompts. `answer_in` names the language
    of the sentences for the user as its speakers do ("简体中文"), "" = the model's choice.

    Of an action: `kind` is its LSP code action kind, `does` what becomes of its answer, `changes` what it may change,
    `task` what it is told behind the code ("" = its title; `{input}` stands for the user's words, `{language}` for
    `answer_in`), `asks` the question for these words, "" = it asks nothing.
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
    kind: str = "refactor.rewrite"
    does: Does = "replace"
    changes: Changes = "everything"
    task: str = ""
    asks: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of what influences a review. Where and when it runs (globs, triggers, title) does not."""
        who = (self.name, self.role, self.model, self.system, self.messages, self.template)
        how = (self.sampling, self.load, self.num_ctx, self.method)
        what = (self.severity, self.max_findings, self.min_score, self.looks_for, self.answer_in)
        does = (self.does, self.changes, self.task)
        said = (who, how, what, does)
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
    given = num_ctx if isinstance(num_ctx, int) else None
    return replace(Sampling(stop=tuple(stops)), **sampling), replace(LoadOptions(), **load), given
