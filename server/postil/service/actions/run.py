"""An action of a persona run on some code, and where its answer goes."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from postil.core.actions.answer import code_of, repeats
from postil.core.actions.request import ActionInput, Subject, action_request
from postil.core.actions.test_places import place_of_tests
from postil.core.text.plain import one_line
from postil.engine.base import Progress
from postil.engine.download.store import cache_dir
from postil.service.review.units import ReviewContext
from postil.service.workspace.atomic import write_whole
from postil.service.workspace.files import select
from postil.service.workspace.source import Source, Unreadable, read_source

# Explanations that are kept: of what is on the screen, and a little more.
MOST_SHOWN = 20


@dataclass(slots=True)
class ActionRun:
    """`steps` is gone through once; then `answer` holds what the model wrote and `code` the code in it, or `why` says
    what is wrong with it."""

    context: ReviewContext
    subject: Subject
    told: ActionInput = field(default_factory=ActionInput)
    answer: str = ""
    code: str | None = None
    why: str = ""

    async def steps(self) -> AsyncGenerator[Progress]:
        """What the model writes, line by line. Raises an EngineError."""
        context, persona = self.context, self.context.persona
        facts = context.facts or await context.engine.facts()
        num_ctx = context.settings.num_ctx
        request = action_request(context.model, persona, self.subject, num_ctx, self.told, prefill=facts.prefill)
        if request is None:
            self.why = (
                f"{self.subject.name} and the answer don't fit into num_ctx ({persona.load_options(num_ctx).num_ctx}"
                " tokens): select less, or raise it"
            )
            return
        finish = None
        async with aclosing(context.engine.chat(request)) as stream:
            async for delta in stream:
                self.answer += delta.text
                finish = delta.finish or finish
                if repeats(self.answer):
                    self.why = "the model goes round in circles"
                    return
                yield Progress(one_line(self.answer.rstrip("\n").rpartition("\n")[2]))
        if persona.does == "show":
            self.why = "" if self.answer.strip() else "the model says nothing"
            return
        self.code = code_of(self.answer, request.prefill)
        if finish == "length":
            self.code, self.why = None, "the answer was cut off at its limit (num_predict, num_ctx): select less"
        elif self.code is None:
            self.why = "the model's answer has no code in it"


def tests_place(path: Path, language: str, workspace: Path | None) -> Path | None:
    """The file for the tests of the code at `path`, whether it is there or not; None for a language of which we don't
    know where it has its tests, and where that is outside the workspace. It walks the workspace: not for the event
    loop."""
    top = workspace if workspace is not None and path.is_relative_to(workspace) else path.parent
    files = (file.relative_to(top).as_posix() for file in select([top], top).files)
    found = place_of_tests(path.relative_to(top).as_posix(), language, files)
    place = top / found if found is not None else None
    # A folder that is a link may lead anywhere.
    return place if place is None or place.resolve().is_relative_to(top.resolve()) else None


def source_of(path: Path) -> Source | None:
    """A file that is there; None when there is none. Raises OSError with a sentence for what can't be read."""
    if not path.exists():
        return None
    source = read_source(path)
    if isinstance(source, Unreadable):
        raise OSError(f"can't read {path}: {source.reason}")
    return source


@dataclass(frozen=True, slots=True)
class Sheet:
    """A Markdown document beside the user's own files, written while the model writes."""

    path: Path

    @classmethod
    def of(cls, persona: str, uri: str, name: str) -> Sheet:
        """One for each persona and piece of code: asked again, it is written anew."""
        digest = hashlib.sha256(f"{persona}\0{uri}\0{name}".encode("utf-8", "surrogatepass")).hexdigest()[:8]
        word = "".join(char for char in name if char.isalnum() or char in "-_")[:40] or "code"
        return cls(cache_dir() / "shown" / f"{persona}-{word}-{digest}.md")

    def write(self, title: str, text: str) -> None:
        """Raises OSError."""
        write_whole(self.path, f"# {title}\n\n{text.strip()}\n", private=True)

    def tidy(self) -> None:
        """Away with the oldest of all."""
        sheets = sorted(self.path.parent.glob("*.md"), key=lambda path: path.stat().st_mtime)
        for old in sheets[:-MOST_SHOWN]:
            old.unlink(missing_ok=True)
