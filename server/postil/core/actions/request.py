"""The request of an action persona: its code, and the instruction with the user's words."""

from __future__ import annotations

from dataclasses import dataclass, replace

from postil.core.models.catalogue import catalogue
from postil.core.models.thinking import NO_REASONING, Reasoning
from postil.core.persona.persona import Persona
from postil.core.request import ChatRequest, Message
from postil.core.review.finding import Span
from postil.core.review.profile import Prompts, fill
from postil.core.syntax.split import split_units
from postil.core.syntax.tree import dedent
from postil.core.text.fence import fence_for, fenced, opened
from postil.core.text.positions import split_lines

# A rewrite may be twice as long as its code (a docstring for each function), and so many tokens longer (a single line).
REWRITE_SPARE = 400
TESTS_TOKENS = 1200
# About a page.
SHOWN_TOKENS = 700
# Package and imports.
HEAD_LINES = 12
# With less room for the answer the request isn't sent.
LEAST_ANSWER = 100


@dataclass(frozen=True, slots=True)
class Subject:
    """The code of an action: lines `span` of the file and their `text`, joined by `\\n`. `name` is shown to the user.
    `around` is the text of the unit that contains them; "" when they are the whole unit."""

    name: str
    language: str
    span: Span
    text: str
    around: str = ""

    @property
    def margin(self) -> str:
        """The white space before the first line."""
        return self.text[: len(self.text) - len(self.text.lstrip(" \t"))]

    @property
    def dedented(self) -> str:
        """The text as it is sent: without the margin, unless that can't be restored. Small models miscount the spaces
        of a margin."""
        bare = dedent(self.text)
        return bare if at_margin(bare, self.margin) == self.text else self.text


@dataclass(frozen=True, slots=True)
class ActionInput:
    """Input of an action beside its code: the user's words, the paths of the file and of its tests, and the file's
    first lines (package and imports)."""

    typed: str = ""
    path: str = ""
    tests: str = ""
    head: str = ""


def head_of(text: str, subject: Subject) -> str:
    """The file's first lines, those before the subject."""
    return "\n".join(split_lines(text)[: min(HEAD_LINES, subject.span.first)]).rstrip()


def at_margin(code: str, margin: str) -> str:
    """The code with its first line indented by `margin`, and the other lines moved as far."""
    own = code[: len(code) - len(code.lstrip(" \t"))]
    if own == margin:
        return code
    # A line indented less than the first one is inside a string, or the answer is wrong anyway.
    return "\n".join(
        margin + line.removeprefix(own) if line.startswith(own) and line.strip() else line for line in code.split("\n")
    )


def subject_of(text: str, language: str, lines: Span) -> Subject | None:
    """The selected lines without blank lines at both ends; for an empty span the unit around the line. None where there
    is no code."""
    every = split_lines(text)
    units = split_units(text, language)
    if lines.first == lines.last:
        unit = next((one for one in units if one.first_line <= lines.first < one.last_line), None)
        return unit and Subject(unit.name, language, Span(unit.first_line, unit.last_line), unit.text)
    first, last = lines.first, min(lines.last, len(every))
    while first < last and not every[first].strip():
        first += 1
    while first < last and not every[last - 1].strip():
        last -= 1
    if first >= last:
        return None
    code = "\n".join(every[first:last])
    unit = next((one for one in units if one.first_line <= first and last <= one.last_line), None)
    around = unit.text if unit is not None and unit.text.strip("\n") != code else ""
    name = unit.name if unit is not None else f"lines {first + 1}-{last}"
    return Subject(name, language, Span(first, last), code, around)


def action_request(
    model: str,
    persona: Persona,
    subject: Subject,
    num_ctx: int,
    inputs: ActionInput,
    *,
    prefill: bool,
    reasoning: Reasoning = NO_REASONING,
) -> ChatRequest | None:
    """The request; None when code and answer don't fit into the context. `prefill`: the engine can continue an answer,
    so that an answer that is code begins with the opening fence."""
    profile = catalogue().profile_of(model)
    load = persona.load_options(num_ctx)
    system = (Message("system", persona.system),) if persona.system else ()
    fence = fence_for(subject.around, subject.dedented, inputs.head)
    code = _file_head(profile.prompts, persona, subject, inputs, fence) + _code(profile.prompts, subject, fence)
    instruction = _instruction(profile.prompts, persona, subject, inputs)
    messages = (*system, *persona.messages, Message("user", code + instruction))
    size = profile.estimate_tokens(subject.text)
    wanted = _answer_tokens(persona, size)
    room = load.num_ctx - sum(profile.estimate_tokens(message.content) + 8 for message in messages) - 16
    room -= reasoning.tokens
    least = size if persona.does == "replace" else 0
    if room < max(LEAST_ANSWER, least):
        return None
    shown = persona.does == "show"
    stop = () if shown else ("\n" + fence,)
    return reasoning.of(
        ChatRequest(
            model=model,
            messages=messages,
            prefill=_prefill(persona, subject, fence) if prefill and not shown else "",
            sampling=replace(persona.sampling, max_tokens=min(wanted, room), stop=(*persona.sampling.stop, *stop)),
            load=load,
            lane="interactive",
        )
    )


def _file_head(prompts: Prompts, persona: Persona, subject: Subject, inputs: ActionInput, fence: str) -> str:
    if persona.does != "tests" or not inputs.head.strip():
        return ""
    return fill(prompts.action_file_head, path=inputs.path) + fenced(inputs.head, subject.language, fence) + "\n\n"


def _code(prompts: Prompts, subject: Subject, fence: str) -> str:
    around = f"{fenced(subject.around, subject.language, fence)}\n\n{prompts.action_excerpt}" if subject.around else ""
    return f"{around}{fenced(subject.dedented, subject.language, fence)}\n\n"


def _instruction(prompts: Prompts, persona: Persona, subject: Subject, inputs: ActionInput) -> str:
    task = persona.task or f"{persona.title}."
    if inputs.typed and "{input}" not in task:
        task = f"{task} {inputs.typed}"
    task = task.replace("{language}", persona.answer_in or "English").replace("{input}", inputs.typed)
    if persona.does == "tests":
        return task + fill(prompts.action_tests, name=subject.name, path=inputs.path, tests=inputs.tests)
    if persona.does == "replace":
        return task + (prompts.action_lines if subject.around else prompts.action_code)
    return f"{task} Answer in {persona.answer_in}." if persona.answer_in and "{language}" not in persona.task else task


def _prefill(persona: Persona, subject: Subject, fence: str) -> str:
    margin = subject.margin if subject.dedented == subject.text else ""
    return opened(subject.language, fence) + (margin if persona.does == "replace" else "")


def _answer_tokens(persona: Persona, size: int) -> int:
    """The answer's limit, for code of `size` tokens."""
    if persona.sampling.max_tokens is not None:
        return persona.sampling.max_tokens
    if persona.does == "replace":
        return 2 * size + REWRITE_SPARE
    return TESTS_TOKENS if persona.does == "tests" else SHOWN_TOKENS
