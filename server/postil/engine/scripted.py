"""An engine that plays a script: for tests of order, timing and cancellation, and for demonstrations."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import msgspec

from postil import private
from postil.core.embedding import batches, joined, vectors_in
from postil.core.exchanges.kept import Exchange, Exchanges
from postil.core.models.observed import Observed
from postil.core.models.told import EngineTraits
from postil.core.request import ChatRequest, Delta, Embeddings, EmbedRequest, InfillRequest
from postil.engine.base import (
    EngineError,
    EngineFacts,
    EngineRefused,
    EngineUnavailable,
    ModelInfo,
    ModelMissing,
    OutOfMemory,
    StreamBroken,
)
from postil.engine.choose import EngineChoice
from postil.engine.described import described

Kind = Literal["chat", "why", "infill", "line", "which", "embed", "agent"]
Event = Literal["started", "finished", "closed", "cancelled", "failed"]

ErrorKind = Literal["unavailable", "refused", "memory", "missing", "broken"]

# More tokens than the `why` question gets; a rewrite of the smallest unit gets more.
_SENTENCE = 60
_HOLD_POLL = 0.005
_CODE = re.compile(r"(`{3,})[^\n`]*\n(.*)\n\1\n\n", re.DOTALL)
_TRAITS = EngineTraits("the script", prefill="native", suffix=True, logprobs=True, schema=True)
# A rule for it makes the script hold this model.
_EMBEDS = "scripted-embed:latest"
# The same for a conversation: large enough to decide about its steps itself.
_TALKS = "scripted-agent:14b"
_DIMENSIONS = 64
_WORDS = re.compile(r"[A-Za-z]+|\d+")
_ERRORS = ("unavailable", "refused", "memory", "missing", "broken")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an answer, `after` seconds after the one before."""

    text: str
    after: float = 0.0


class ScriptChunk(msgspec.Struct, forbid_unknown_fields=True):
    """A Chunk in the script."""

    text: str
    after_ms: float = 0


class ScriptMatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a rule matches, in the script."""

    contains: str = ""
    system: str = ""
    model: str = ""


class ScriptRule(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A Rule in the script."""

    match: ScriptMatch = ScriptMatch()
    kind: Kind = "chat"
    chunks: tuple[ScriptChunk, ...] = ()
    finish: Literal["stop", "length"] = "stop"
    error: ErrorKind | None = None
    hold: str | None = None
    echo: bool = False
    replace: tuple[tuple[str, str], ...] = ()
    after_ms: float = 0
    times: int | None = None


class Line(msgspec.Struct, frozen=True):
    """A line of the journal. `event`: `closed` = the consumer ended the stream; `n`: the request's number; `contains`:
    how the code begins; `sha256`: of all of it; `system`: how the SYSTEM begins; `at`: the wall clock; `token`: the
    wall clock when the latest chunk was handed over, None before."""

    event: Event
    n: int
    kind: Kind
    contains: str
    sha256: str
    system: str
    model: str
    at: float
    token: float | None


class _Received(msgspec.Struct, frozen=True):
    """What rules look at in a request. `head`: the part of the code that the prefill holds already."""

    kind: Kind
    code: str
    model: str
    system: str = ""
    head: str = ""


@dataclass(slots=True)
class Rule:
    """The answer to requests of `kind` whose code contains `contains`, whose SYSTEM contains `system`, and to `model`
    where one is named, at most `times` times. `hold`: after the first chunk the stream waits until that file exists.
    `echo`: the answer is the code itself, line by line, with `replace` applied."""

    contains: str
    kind: Kind = "chat"
    chunks: tuple[Chunk, ...] = ()
    finish: Literal["stop", "length"] = "stop"
    error: ErrorKind | None = None
    hold: Path | None = None
    echo: bool = False
    replace: tuple[tuple[str, str], ...] = ()
    after: float = 0.0
    times: int | None = None
    system: str = ""
    model: str = ""

    @classmethod
    def parse(cls, given: object) -> Rule:
        """From an object of the script. Raises ValueError for an unknown key or an invalid value."""
        try:
            rule = msgspec.convert(given, ScriptRule)
        except msgspec.ValidationError as error:
            raise ValueError(f"the script has an invalid rule: {error}") from error
        return cls(
            contains=rule.match.contains,
            system=rule.match.system,
            model=rule.match.model,
            kind=rule.kind,
            chunks=tuple(Chunk(chunk.text, chunk.after_ms / 1000) for chunk in rule.chunks),
            finish=rule.finish,
            error=rule.error,
            hold=Path(rule.hold) if rule.hold else None,
            echo=rule.echo,
            replace=rule.replace,
            after=rule.after_ms / 1000,
            times=rule.times,
        )

    def fits(self, received: _Received) -> bool:
        right = self.kind == received.kind and self.model in ("", received.model)
        return right and self.contains in received.code and self.system in received.system

    def answer(self, code: str, head: str) -> tuple[Chunk, ...]:
        """The chunks; for an echo the code after `head`, line by line."""
        if not self.echo:
            return self.chunks
        rest = code.removeprefix(head)
        for old, new in self.replace:
            rest = rest.replace(old, new)
        return tuple(Chunk(line, self.after) for line in rest.splitlines(keepends=True))


_DEFAULTS: dict[Kind, Rule] = {
    "chat": Rule("", echo=True),
    "why": Rule("", "why", (Chunk("Because it is wrong."),)),
    "infill": Rule("", "infill"),
    "line": Rule("", "line", echo=True),
    "which": Rule("", "which"),
    "embed": Rule("", "embed"),
    "agent": Rule("", "agent", (Chunk("I have nothing to say."),)),
}


class ScriptedEngine:
    """The first rule that matches answers. Each step of a request becomes a Line of the journal, as JSON."""

    def __init__(self, rules: list[Rule], journal: Path | None = None) -> None:
        self._rules = rules
        self._journal = journal
        self.traits = _TRAITS
        self._count = 0
        self._exchanges = Exchanges(time.time)

    @classmethod
    def from_file(cls, path: Path, journal: Path | None = None) -> ScriptedEngine:
        """From a JSON list of rules. Raises ValueError when it is none, OSError."""
        try:
            rules = msgspec.json.decode(path.read_bytes(), type=list[object])
        except msgspec.DecodeError as error:
            raise ValueError(f"{path}: {error}") from error
        return cls([Rule.parse(rule) for rule in rules], journal)

    def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        if request.purpose is not None and request.purpose.what == "agent":
            # What was said last, the result of a call included, decides about what is said next.
            system, last = request.messages[0].content, request.messages[-1].content
            return self._play(_Received("agent", last, request.model, system), request)
        user = next((message.content for message in request.messages if message.role == "user"), "")
        found = _CODE.search(user)
        kind = _kind(request)
        code = found[2] if found else user
        system = next((message.content for message in request.messages if message.role == "system"), "")
        head = request.prefill.partition("\n")[2]
        if kind == "line":
            # A difference that takes it away (core/verify/rewrites/lines).
            code, head = head[1:].removesuffix("\n+"), ""
        return self._play(_Received(kind, code, request.model, system, head), request)

    def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        beside = "".join(text for _, text in request.others)
        return self._play(_Received("infill", beside + request.prefix + request.suffix, request.model), request)

    async def embed(self, request: EmbedRequest) -> Embeddings:
        """Vectors of the words of each text, so that texts with the same words are near each other. A batch is one
        request of the journal; its chunks say how long it takes."""
        return joined([await self._embedded(batch) for batch in batches(request)])

    async def _embedded(self, batch: EmbedRequest) -> Embeddings:
        async with aclosing(self._play(_Received("embed", "\n".join(batch.texts), batch.model))) as steps:
            async for _ in steps:
                pass
        vectors = vectors_in([_words_vector(text) for text in batch.texts], len(batch.texts))
        return Embeddings(vectors, sum(len(_WORDS.findall(text)) for text in batch.texts))

    async def _play(
        self, received: _Received, request: ChatRequest | InfillRequest | None = None
    ) -> AsyncGenerator[Delta]:
        rule = self._rule(received)
        self._count += 1
        number = self._count
        self._note("started", number, received)
        event: Event = "finished"
        token: float | None = None
        with self._exchanges.begin(request, "a script") if request is not None else nullcontext() as exchange:

            def told(delta: Delta) -> Delta:
                if exchange is not None:
                    exchange.feed(delta)
                return delta

            try:
                if rule.error not in (None, "broken"):
                    raise _error(rule.error, received.model)
                for place, chunk in enumerate(rule.answer(received.code, received.head)):
                    if chunk.after:
                        await asyncio.sleep(chunk.after)
                    token = time.time()
                    yield told(Delta(chunk.text))
                    if place == 0 and rule.hold:
                        await _exists(rule.hold)
                if rule.error is not None:
                    raise _error(rule.error, received.model)
                yield told(Delta(finish=rule.finish))
            except GeneratorExit:
                event = "closed"
                raise
            except asyncio.CancelledError:
                event = "cancelled"
                raise
            except EngineError:
                event = "failed"
                raise
            finally:
                self._note(event, number, received, token)

    def _rule(self, received: _Received) -> Rule:
        for rule in self._rules:
            if rule.fits(received) and rule.times != 0:
                if rule.times is not None:
                    rule.times -= 1
                return rule
        return _DEFAULTS[received.kind]

    def _note(self, event: Event, number: int, received: _Received, token: float | None = None) -> None:
        if self._journal is not None:
            digest = hashlib.sha256(received.code.encode("utf-8")).hexdigest()
            begins, system = received.code[:60], received.system[:60]
            line = Line(event, number, received.kind, begins, digest, system, received.model, time.time(), token)
            with open(self._journal, "ab", opener=private.opener) as journal:
                # ASCII: a line of the journal is one line for every reader.
                journal.write(json.dumps(msgspec.to_builtins(line)).encode("ascii") + b"\n")

    async def facts(self) -> EngineFacts:
        models = [ModelInfo(name) for name in ("qwen2.5-coder:1.5b", "qwen2.5-coder:0.5b")]
        if any(rule.kind == "embed" for rule in self._rules):
            models.append(ModelInfo(_EMBEDS, capabilities=("embedding",)))
        if any(rule.kind == "agent" for rule in self._rules):
            models.append(ModelInfo(_TALKS))
        return EngineFacts("scripted", "a script", tuple([await self.describe(model) for model in models]))

    async def describe(self, model: ModelInfo) -> ModelInfo:
        return described(
            replace(model, capabilities=model.capabilities or ("completion", "insert")), self.traits, "the script"
        )

    def exchanges(self) -> tuple[Exchange, ...]:
        return self._exchanges.latest

    def observed(self, model: str) -> Observed:
        return Observed()

    async def aclose(self) -> None:
        """There is nothing to close."""


async def scripted_choice(engine: ScriptedEngine) -> EngineChoice:
    """The choice that `choose_engine` would make if this were the only engine."""
    return EngineChoice(engine, await engine.facts(), "a script")


def _kind(request: ChatRequest) -> Kind:
    short = (request.sampling.max_tokens or _SENTENCE + 1) <= _SENTENCE
    if request.prefill.startswith("```diff\n-"):
        return "line"
    if request.prefill == "`":
        return "which"
    return "why" if short and not request.prefill and not request.json_schema else "chat"


def _words_vector(text: str) -> list[float]:
    vector = [0.0] * _DIMENSIONS
    for word in _WORDS.findall(text.lower()):
        vector[hashlib.sha256(word.encode()).digest()[0] % _DIMENSIONS] += 1.0
    return vector


async def _exists(path: Path) -> None:
    # Another process makes the file: there is no event to wait for.
    while not path.exists():  # noqa: ASYNC110, ASYNC240
        await asyncio.sleep(_HOLD_POLL)


def _error(kind: ErrorKind | None, model: str) -> EngineError:
    message = f"The script says {kind}. Next step: save again."
    if kind == "memory":
        return OutOfMemory(message, model=model)
    if kind == "missing":
        return ModelMissing(message, model)
    if kind == "unavailable":
        return EngineUnavailable(message)
    return EngineRefused(message) if kind == "refused" else StreamBroken(message)
