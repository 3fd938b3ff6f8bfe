"""One hole, asked in one way: the request as ghost text makes it, cold and with one more character typed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from hashlib import sha256

import msgspec
import rapidfuzz
from bench.context.checks import parses
from bench.context.holes import Hole
from bench.context.project import Project

from postil.core.completion.cursor import Cursor
from postil.core.completion.cut import Cutter
from postil.core.completion.fit import fit
from postil.core.completion.prompt import infill_request
from postil.core.completion.window import window
from postil.core.persona.persona import Persona
from postil.core.request import InfillRequest, Snippet, Usage
from postil.core.review.profile import profiles
from postil.engine.base import Engine, ModelInfo
from postil.settings import Settings


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What a way made of a hole. `key`: of the hole, the model and the prompt. `said`: the line that was suggested.
    Milliseconds until the whole answer, `first_ms` until its first token; `typed`: one character further."""

    key: str
    hole: str
    package: str
    language: str
    kind: str
    split: str
    way: str
    wanted: str
    said: str
    exact: bool
    similarity: float
    invented: tuple[str, ...]
    parses: bool
    pieces: tuple[str, ...]
    prompt_tokens: int
    cached_tokens: int
    output_tokens: int
    cold_ms: float
    first_ms: float
    typed_tokens: int
    typed_cached: int
    typed_ms: float
    typed_first_ms: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What would be shown, what it cost, and seconds until the first token and the end."""

    text: str
    usage: Usage
    first: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Asker:
    """A model with all that a completion takes from the settings."""

    engine: Engine
    model: ModelInfo
    persona: Persona
    settings: Settings

    def request(self, cursor: Cursor, path: str, snippets: Sequence[Snippet]) -> InfillRequest:
        """ValueError where the window doesn't fit."""
        limits = self.settings.completion
        seen = window(cursor.before, cursor.after, limits.prefix_chars, limits.suffix_chars)
        load = self.persona.load_options(self.settings.num_ctx)
        made = infill_request(
            self.model.name, profiles()[self.model.profile], self.persona, load, seen, fim=self.model.raw_tokens
        )
        if made is None:
            raise ValueError(f"{path}: the window doesn't fit into num_ctx")
        return replace(made, path=path, snippets=tuple(snippets))

    async def ask(self, cursor: Cursor, request: InfillRequest) -> Answer:
        """As the completer reads it: the stream is closed where the cutter ends the answer."""
        fim = self.model.fim
        rules = profiles()[self.model.profile].completion
        cutter = Cutter(cursor.place, rules, fim.words if fim is not None else ())
        usage, first, ran_on = Usage(), 0.0, True
        began = time.monotonic()
        async with aclosing(self.engine.infill(request)) as stream:
            async for delta in stream:
                if delta.text and not first:
                    first = time.monotonic() - began
                usage = delta.usage or usage
                done = cutter.feed(delta.text)
                if done or delta.finish is not None:
                    ran_on = delta.finish == "length"
                    break
        seconds = time.monotonic() - began
        insertion = fit(cutter.finish(ran_on=ran_on), cursor.place)
        return Answer(insertion.text if insertion is not None else "", usage, first, seconds)


def key_of(asker: Asker, hole: Hole, way: str, snippets: Sequence[Snippet]) -> str:
    request = asker.request(_cursor(hole), hole.place.path, snippets)
    return sha256(f"{hole.package}\0{way}\0{request!r}".encode()).hexdigest()[:24]


async def tried(asker: Asker, project: Project, hole: Hole, way: str, snippets: Sequence[Snippet]) -> Record:
    """The figures of one hole."""
    path, cursor = hole.place.path, _cursor(hole)
    cold = await asker.ask(cursor, asker.request(cursor, path, snippets))
    further = replace(cursor, before=cursor.before + hole.wanted[0])
    typed = await asker.ask(further, asker.request(further, path, snippets))
    said = cold.text.split("\n")[0].rstrip()
    return Record(
        key=key_of(asker, hole, way, snippets),
        hole=hole.name,
        package=hole.package,
        language=hole.language,
        kind=hole.place.kind,
        split=hole.place.split,
        way=way,
        wanted=hole.wanted,
        said=said,
        exact=said == hole.wanted,
        similarity=similarity(said, hole.wanted),
        invented=tuple(project.invented(said, path, hole.rest)),
        parses=parses(hole.before + hole.wanted + hole.after, hole.before + said + hole.after, hole.language),
        pieces=tuple(one.path for one in snippets),
        prompt_tokens=cold.usage.prompt_tokens,
        cached_tokens=cold.usage.cached_tokens or 0,
        output_tokens=cold.usage.output_tokens,
        cold_ms=1000 * cold.seconds,
        first_ms=1000 * cold.first,
        typed_tokens=typed.usage.prompt_tokens,
        typed_cached=typed.usage.cached_tokens or 0,
        typed_ms=1000 * typed.seconds,
        typed_first_ms=1000 * typed.first,
    )


def similarity(said: str, wanted: str) -> float:
    """RapidFuzz's `fuzz.ratio` as 0 to 1: what is left of both when the fewest characters are taken out and put in."""
    return rapidfuzz.fuzz.ratio(said, wanted) / 100


def _cursor(hole: Hole) -> Cursor:
    return Cursor(hole.place.path, hole.language, hole.before, hole.after, invoked=True)
