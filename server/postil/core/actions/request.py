"""An action of a persona: the code that it is about, and what is asked of the model."""

from __future__ import annotations

from dataclasses import dataclass, replace

from postil.core.persona.persona import Persona
from postil.core.request import ChatRequest, Message
from postil.core.review.finding import Span
from postil.core.review.prompt import estimate_tokens
from postil.core.syntax.split import split_units
from postil.core.syntax.tree import dedent
from postil.core.text.fence import fence_for, fenced, opened
from postil.core.text.positions import split_lines

# Code before words, as in every prompt here; said last because it is what small models forget.
ONLY_CODE = " Keep everything else exactly as it is. Reply with the code only."
ONLY_LINES = " Keep everything else exactly as it is. Reply with these lines only."
ONLY_TESTS = " The code is `{name}` in {path}. The tests go to {tests}. Reply with the code of the tests only."
BEGINS = "The file {path} begins:\n"
OF_THIS = "Of this code only these lines:\n"
# A rewrite may add as much again as there is (a doc string for each function), and something to a line.
REWRITE_SPARE = 400
TESTS_TOKENS = 1200
# About a page.
SHOWN_TOKENS = 700
# Package and imports.
HEAD_LINES = 12
# With less room no answer is worth waiting for.
LEAST_ANSWER = 100


@dataclass(frozen=True, slots=True)
class Subject:
    """The code of an action: lines `span` of the file, their `text` with `\\n` between them; `name` for people.
    `around` is the text of the unit that they are a part of, "" when they are all of it."""

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
    def asked(self) -> str:
        """The text as the model sees it: at the left margin, where it can be put back from there. A model that has to
        go on behind a margin counts its spaces wrong."""
        bare = dedent(self.text)
        return bare if at_margin(bare, self.margin) == self.text else self.text


@dataclass(frozen=True, slots=True)
class ActionInput:
    """What an action is told beside its code: the user's words, the file's path and that of its tests. `head`: the
    file's first lines, which say what package it is and what it imports."""

    typed: str = ""
    path: str = ""
    tests: str = ""
    head: str = ""


def head_of(text: str, subject: Subject) -> str:
    """The file's first lines, those before the subject."""
    return "\n".join(split_lines(text)[: min(HEAD_LINES, subject.span.first)]).rstrip()


def at_margin(code: str, margin: str) -> str:
    """The code with its first line at the margin, and the others moved as far."""
    own = code[: len(code) - len(code.lstrip(" \t"))]
    if own == margin:
        return code
    # Less than the first line has only what is inside a string, or an answer that is wrong anyway.
    return "\n".join(
        margin + line.removeprefix(own) if line.startswith(own) and line.strip() else line for line in code.split("\n")
    )


def subject_of(text: str, language: str, lines: Span) -> Subject | None:
    """What is selected (blank lines at its ends are left out); of an empty span the unit around the line. None where
    there is no code."""
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
    model: str, persona: Persona, subject: Subject, num_ctx: int, told: ActionInput, *, prefill: bool
) -> ChatRequest | None:
    """What is asked; None when code and answer don't fit into the context. `prefill`: the engine goes on from a begun
    answer, so that code begins as code."""
    load = persona.load_options(num_ctx)
    system = (Message("system", persona.system),) if persona.system else ()
    fence = fence_for(subject.around, subject.asked, told.head)
    said = _head(persona, subject, told, fence) + _code(subject, fence) + _words(persona, subject, told)
    messages = (*system, *persona.messages, Message("user", said))
    wanted = _wanted(persona, subject)
    room = load.num_ctx - sum(estimate_tokens(message.content) + 8 for message in messages) - 16
    least = estimate_tokens(subject.text) if persona.does == "replace" else 0
    if room < max(LEAST_ANSWER, least):
        return None
    shown = persona.does == "show"
    stop = () if shown else ("\n" + fence,)
    return ChatRequest(
        model=model,
        messages=messages,
        prefill=_begun(persona, subject, fence) if prefill and not shown else "",
        sampling=replace(persona.sampling, max_tokens=min(wanted, room), stop=(*persona.sampling.stop, *stop)),
        load=load,
        lane="interactive",
    )


def _head(persona: Persona, subject: Subject, told: ActionInput, fence: str) -> str:
    if persona.does != "tests" or not told.head.strip():
        return ""
    return BEGINS.replace("{path}", told.path) + fenced(told.head, subject.language, fence) + "\n\n"


def _code(subject: Subject, fence: str) -> str:
    around = f"{fenced(subject.around, subject.language, fence)}\n\n{OF_THIS}" if subject.around else ""
    return f"{around}{fenced(subject.asked, subject.language, fence)}\n\n"


def _words(persona: Persona, subject: Subject, told: ActionInput) -> str:
    task = persona.task or f"{persona.title}."
    if told.typed and "{input}" not in task:
        task = f"{task} {told.typed}"
    task = task.replace("{language}", persona.answer_in or "English").replace("{input}", told.typed)
    if persona.does == "tests":
        return task + ONLY_TESTS.replace("{name}", subject.name).replace("{path}", told.path).replace(
            "{tests}", told.tests
        )
    if persona.does == "replace":
        return task + (ONLY_LINES if subject.around else ONLY_CODE)
    return f"{task} Answer in {persona.answer_in}." if persona.answer_in and "{language}" not in persona.task else task


def _begun(persona: Persona, subject: Subject, fence: str) -> str:
    margin = subject.margin if subject.asked == subject.text else ""
    return opened(subject.language, fence) + (margin if persona.does == "replace" else "")


def _wanted(persona: Persona, subject: Subject) -> int:
    if persona.sampling.max_tokens is not None:
        return persona.sampling.max_tokens
    if persona.does == "replace":
        return 2 * estimate_tokens(subject.text) + REWRITE_SPARE
    return TESTS_TOKENS if persona.does == "tests" else SHOWN_TOKENS
