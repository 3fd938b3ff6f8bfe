"""Runs a persona's action on code, and determines the file for its result."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

from postil.core.actions.answer import code_of, repeats
from postil.core.actions.request import ActionInput, Subject, action_request
from postil.core.actions.test_places import place_of_tests
from postil.core.request import Purpose
from postil.core.review.answer import foreign, no_answer
from postil.core.syntax.units import Unit
from postil.core.text.plain import one_line
from postil.engine.base import Progress
from postil.engine.download.store import cache_dir
from postil.service.review.units import ReviewContext
from postil.service.workspace.atomic import write_whole
from postil.service.workspace.files import select
from postil.service.workspace.source import Source, Unreadable, read_source

# Explanation files that are kept on the disk.
MOST_EXPLANATIONS = 20


@dataclass(slots=True)
class ActionRun:
    """Iterate `steps` once. Then `answer` is the model's text and `code` the code in it; if the answer can't be used,
    `why` is the reason."""

    context: ReviewContext
    subject: Subject
    user_input: ActionInput = field(default_factory=ActionInput)
    answer: str = ""
    code: str | None = None
    why: str = ""

    def _unit(self) -> Unit:
        subject = self.subject
        return Unit("window", subject.name, subject.language, subject.span.first, subject.span.last, subject.text)

    async def steps(self) -> AsyncGenerator[Progress]:
        """Runs the action. Each step is the line that the model is writing. Raises an EngineError."""
        context, persona = self.context, self.context.persona
        facts = context.facts or await context.engine.facts()
        model, num_ctx = await context.engine.describe(facts.model(context.model)), context.settings.num_ctx
        reasoning = context.reasoning(model.abilities)
        request = action_request(
            context.model,
            persona,
            self.subject,
            num_ctx,
            self.user_input,
            prefill=model.abilities.prefill.value != "none",
            reasoning=reasoning,
        )
        if request is None:
            thinking = f", {reasoning.tokens} of them for thinking" if reasoning.tokens else ""
            self.why = (
                f"{self.subject.name} and the answer don't fit into num_ctx ({persona.load_options(num_ctx).num_ctx}"
                f" tokens{thinking}): select less, or raise it"
            )
            return
        subject = self.subject
        request = replace(
            request, purpose=Purpose("action", persona.name, context.path, subject.name, subject.span.first)
        )
        finish, begun, thought = None, request.prefill, False
        async with aclosing(context.engine.chat(request)) as stream:
            async for delta in stream:
                if delta.anew:
                    self.answer, begun = "", ""
                self.answer += delta.text
                thought = thought or bool(delta.thinking)
                finish = delta.finish or finish
                if repeats(self.answer):
                    self.why = "the model goes round in circles"
                    return
                yield Progress(one_line(self.answer.rstrip("\n").rpartition("\n")[2]))
        if not self.answer.strip():
            self.why = f"the model {no_answer(cut=finish == 'length', thought=thought)}"
            return
        if persona.does == "show":
            return
        self.code = code_of(self.answer, begun)
        if finish == "length":
            self.code, self.why = None, "the answer was cut off at its limit (num_predict, num_ctx): select less"
        elif self.code is None:
            self.why = "the model's answer has no code in it"
        elif kind := foreign(self._unit(), self.code):
            self.code, self.why = None, f"the model answered with {kind}"


def tests_place(path: Path, language: str, workspace: Path | None) -> Path | None:
    """The file for the tests of the code at `path`, which may not exist yet. None if the language's convention isn't
    known or the file would be outside the workspace. This walks the workspace, so don't call it on the event loop."""
    top = workspace if workspace is not None and path.is_relative_to(workspace) else path.parent
    files = (file.relative_to(top).as_posix() for file in select([top], top).files)
    found = place_of_tests(path.relative_to(top).as_posix(), language, files)
    place = top / found if found is not None else None
    # A folder that is a symbolic link may lead out of the workspace.
    return place if place is None or place.resolve().is_relative_to(top.resolve()) else None


def source_of(path: Path) -> Source | None:
    """The file's content; None if it doesn't exist. Raises OSError with a sentence for the user if it can't be read."""
    if not path.exists():
        return None
    source = read_source(path)
    if isinstance(source, Unreadable):
        raise OSError(f"can't read {path}: {source.reason}")
    return source


WHOSE_WORDS = "Written by a language model. Nothing has checked it."


@dataclass(frozen=True, slots=True)
class ExplanationFile:
    """A Markdown file in the cache folder, rewritten while the model writes."""

    path: Path

    @classmethod
    def of(cls, persona: str, uri: str, name: str) -> ExplanationFile:
        """The file for a persona and a piece of code. A repeated action overwrites it."""
        digest = hashlib.sha256(f"{persona}\0{uri}\0{name}".encode("utf-8", "surrogatepass")).hexdigest()[:8]
        word = "".join(char for char in name if char.isalnum() or char in "-_")[:40] or "code"
        return cls(cache_dir() / "shown" / f"{persona}-{word}-{digest}.md")

    def write(self, title: str, text: str) -> None:
        """Raises OSError."""
        write_whole(self.path, f"# {title}\n\n{text.strip()}\n\n*{WHOSE_WORDS}*\n", private=True)

    def remove_oldest(self) -> None:
        """Delete all but the newest MOST_EXPLANATIONS files."""
        files = sorted(self.path.parent.glob("*.md"), key=lambda path: path.stat().st_mtime)
        for old in files[:-MOST_EXPLANATIONS]:
            old.unlink(missing_ok=True)
