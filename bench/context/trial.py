"""One hole, asked in one way: the request as ghost text makes it, cold and with one more character typed."""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import dataclass, replace
from hashlib import sha256

import msgspec
import rapidfuzz
from bench.context.checks import parses
from bench.context.holes import Hole
from bench.context.project import Project
from bench.context.ways import Way

from postil.core.completion.context import NO_CONTEXT, Context
from postil.core.completion.cursor import Cursor
from postil.core.completion.cut import Cutter
from postil.core.completion.fit import fit
from postil.core.completion.prompt import infill_request
from postil.core.completion.window import Window, window
from postil.core.context.words import IDENTIFIER
from postil.core.persona.persona import Persona
from postil.core.request import InfillRequest, Usage
from postil.core.review.profile import profiles
from postil.engine.base import Engine, ModelInfo
from postil.service.engines import CompletionContext
from postil.settings import Settings


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What a way made of a hole. `key`: of the hole, the model and the prompt. `unseen`: what is wanted has a name that
    the window doesn't show. `said`: the line that was suggested.
    Milliseconds until the whole answer, `first_ms` until its first token; `typed`: one character further."""

    key: str
    hole: str
    package: str
    language: str
    kind: str
    split: str
    unseen: bool
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

    @property
    def context(self) -> CompletionContext:
        """All of it, as the completer has it."""
        load, profile = self.persona.load_options(self.settings.num_ctx), profiles()[self.model.profile]
        fim = self.model.raw_tokens
        return CompletionContext(self.engine, self.model.name, self.persona, self.settings, load, profile, fim=fim)

    def window(self, cursor: Cursor) -> Window:
        limits = self.settings.completion
        return window(cursor.before, cursor.after, limits.prefix_chars, limits.suffix_chars)

    def request(self, cursor: Cursor, beside: Context) -> InfillRequest:
        """ValueError where the window doesn't fit."""
        asked = self.context
        made = infill_request(
            asked.model, asked.profile, asked.persona, asked.load, self.window(cursor), fim=asked.fim, context=beside
        )
        if made is None:
            raise ValueError(f"{cursor.uri}: the window doesn't fit into num_ctx")
        return made

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


@dataclass(frozen=True, slots=True)
class Asked:
    """A hole's two requests, with and without one more character typed."""

    key: str
    pieces: tuple[str, ...]
    cursor: Cursor
    further: Cursor
    request: InfillRequest
    typed: InfillRequest


async def asked(asker: Asker, project: Project, stranger: Project, hole: Hole, name: str, way: Way) -> Asked:
    """What is asked of the model in a way. `key`: of the hole, the way and the requests."""
    cursor = Cursor(hole.place.path, hole.language, hole.before, hole.after, invoked=True)
    further = replace(cursor, before=cursor.before + hole.wanted[0])
    found = [NO_CONTEXT, NO_CONTEXT]
    if (nearby := way.looking()) is not None:
        indexes = way.indexes(project, stranger, hole.place.path)
        found = [await nearby.of(one, asker.window(one), asker.context, indexes) for one in (cursor, further)]
    if way.stranger:
        # The file's own imports are knowledge of the project.
        found = [replace(one, header=replace(one.header, imports="")) for one in found]
    requests = [asker.request(one, beside) for one, beside in zip((cursor, further), found, strict=True)]
    pieces = (*found[0].header.snippets, *found[0].pieces.snippets)
    key = sha256(f"{hole.package}\0{name}\0{requests!r}".encode()).hexdigest()[:24]
    return Asked(key, tuple(one.path for one in pieces), cursor, further, *requests)


async def tried(asker: Asker, project: Project, hole: Hole, way: str, given: Asked) -> Record:
    """The figures of one hole."""
    path = hole.place.path
    cold = await asker.ask(given.cursor, given.request)
    typed = await asker.ask(given.further, given.typed)
    said = cold.text.split("\n")[0].rstrip()
    return Record(
        key=given.key,
        unseen=bool(lacks(asker, hole)),
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
        pieces=given.pieces,
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


def lacks(asker: Asker, hole: Hole) -> list[str]:
    """The names that are wanted and that the window around the hole doesn't show."""
    shown = asker.window(Cursor(hole.place.path, hole.language, hole.before, hole.after))
    seen = set(IDENTIFIER.findall(f"{shown.prefix} {shown.suffix}"))
    return [name for name in dict.fromkeys(IDENTIFIER.findall(hole.wanted)) if name not in seen]
