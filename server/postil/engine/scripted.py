"""An engine that plays a script: for tests of order, timing and cancellation, and for demonstrations."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from postil import private
from postil.core.request import ChatRequest, Delta, InfillRequest
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

Kind = Literal["chat", "why", "infill"]
Event = Literal["started", "finished", "closed", "cancelled", "failed"]

# More than the `why` question is given; a rewrite of the smallest unit gets more.
_SENTENCE = 60
_HOLD_POLL = 0.005
_CODE = re.compile(r"(`{3,})[^\n`]*\n(.*)\n\1\n\n", re.DOTALL)
_ERRORS = ("unavailable", "refused", "memory", "missing", "broken")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an answer, `after` seconds after the one before."""

    text: str
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class _Asked:
    kind: Kind
    code: str
    model: str
    system: str = ""


@dataclass(slots=True)
class Rule:
    """What is answered to a request of `kind` whose code contains `contains` (whose SYSTEM contains `system`, to this
    `model` if one is named), at most `times` times. `hold`: after the first chunk the stream waits until that file
    exists."""

    contains: str
    kind: Kind = "chat"
    chunks: tuple[Chunk, ...] = ()
    finish: Literal["stop", "length"] = "stop"
    error: str | None = None
    hold: Path | None = None
    echo: bool = False
    replace: tuple[tuple[str, str], ...] = ()
    after: float = 0.0
    times: int | None = None
    system: str = ""
    model: str = ""

    @classmethod
    def parse(cls, given: dict[str, Any]) -> Rule:
        """From one object of the script; ValueError at a key or a value that it can't have."""
        unknown = given.keys() - {
            "match", "kind", "chunks", "finish", "error", "hold", "echo", "replace", "after_ms", "times",
        }  # fmt: skip
        if unknown:
            raise ValueError(f"the script has unknown keys: {', '.join(sorted(unknown))}")
        if given.get("error") not in (None, *_ERRORS):
            raise ValueError(f"the script has an unknown error: {given['error']}")
        match = given.get("match", {})
        return cls(
            contains=match.get("contains", ""),
            system=match.get("system", ""),
            model=match.get("model", ""),
            kind=given.get("kind", "chat"),
            chunks=tuple(Chunk(chunk["text"], chunk.get("after_ms", 0) / 1000) for chunk in given.get("chunks", ())),
            finish=given.get("finish", "stop"),
            error=given.get("error"),
            hold=Path(given["hold"]) if given.get("hold") else None,
            echo=given.get("echo", False),
            replace=tuple((old, new) for old, new in given.get("replace", ())),
            after=given.get("after_ms", 0) / 1000,
            times=given.get("times"),
        )

    def fits(self, asked: _Asked) -> bool:
        right = self.kind == asked.kind and self.model in ("", asked.model)
        return right and self.contains in asked.code and self.system in asked.system

    def answer(self, code: str, head: str) -> tuple[Chunk, ...]:
        """The chunks; for an echo the code behind `head`, line by line."""
        if not self.echo:
            return self.chunks
        rest = code.removeprefix(head)
        for old, new in self.replace:
            rest = rest.replace(old, new)
        return tuple(Chunk(line, self.after) for line in rest.splitlines(keepends=True))


_DEFAULTS = {
    "chat": Rule("", echo=True),
    "why": Rule("", "why", (Chunk("Because it is wrong."),)),
    "infill": Rule("", "infill"),
}


class ScriptedEngine:
    """The first rule that matches answers. Each request leaves a line a step in the journal, a JSON object:
    `event` (`closed`: the reader had enough), `n` (of the request), `kind`, `contains` (how the code begins), `sha256`
    (of all of it), `system` (how the SYSTEM begins), `model`, `at` (wall clock), `token` (wall clock at which the
    latest chunk was handed over; null before)."""

    def __init__(self, rules: list[Rule], journal: Path | None = None) -> None:
        self._rules = rules
        self._journal = journal
        self._count = 0

    @classmethod
    def from_file(cls, path: Path, journal: Path | None = None) -> ScriptedEngine:
        """From a JSON list of rules; ValueError or OSError when it is none."""
        given = json.loads(path.read_text(encoding="utf-8"))
        return cls([Rule.parse(rule) for rule in given], journal)

    async def chat(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        user = next((message.content for message in request.messages if message.role == "user"), "")
        found = _CODE.search(user)
        code = found[2] if found else user
        system = next((message.content for message in request.messages if message.role == "system"), "")
        asked = _Asked(_kind(request), code, request.model, system)
        async with aclosing(self._play(asked, request.prefill.partition("\n")[2])) as stream:
            async for delta in stream:
                yield delta

    async def infill(self, request: InfillRequest) -> AsyncGenerator[Delta]:
        asked = _Asked("infill", request.prefix + request.suffix, request.model)
        async with aclosing(self._play(asked, "")) as stream:
            async for delta in stream:
                yield delta

    async def _play(self, asked: _Asked, head: str) -> AsyncGenerator[Delta]:
        rule = self._rule(asked)
        self._count += 1
        number = self._count
        self._note("started", number, asked)
        event: Event = "finished"
        token: float | None = None
        try:
            if rule.error not in (None, "broken"):
                raise _error(rule.error, asked.model)
            for place, chunk in enumerate(rule.answer(asked.code, head)):
                if chunk.after:
                    await asyncio.sleep(chunk.after)
                token = time.time()
                yield Delta(chunk.text)
                if place == 0:
                    await _held(rule.hold)
            if rule.error is not None:
                raise _error(rule.error, asked.model)
            yield Delta(finish=rule.finish)
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
            self._note(event, number, asked, token)

    def _rule(self, asked: _Asked) -> Rule:
        for rule in self._rules:
            if rule.fits(asked) and rule.times != 0:
                if rule.times is not None:
                    rule.times -= 1
                return rule
        return _DEFAULTS[asked.kind]

    def _note(self, event: Event, number: int, asked: _Asked, token: float | None = None) -> None:
        if self._journal is not None:
            step = {"event": event, "n": number, "kind": asked.kind, "contains": asked.code[:60]}
            digest = hashlib.sha256(asked.code.encode("utf-8")).hexdigest()
            who = {"sha256": digest, "system": asked.system[:60], "model": asked.model}
            line = json.dumps({**step, **who, "at": time.time(), "token": token})
            with open(self._journal, "a", encoding="utf-8", opener=private.opener) as journal:
                journal.write(line + "\n")

    async def facts(self) -> EngineFacts:
        names = ("qwen2.5-coder:1.5b", "qwen2.5-coder:0.5b")
        return EngineFacts("scripted", "a script", tuple(ModelInfo(name, infill=True) for name in names))

    async def aclose(self) -> None:
        """There is nothing to close."""


async def scripted_choice(engine: ScriptedEngine) -> EngineChoice:
    """The choice of an engine that leaves no choice."""
    return EngineChoice(engine, await engine.facts(), "a script")


def _kind(request: ChatRequest) -> Kind:
    short = (request.sampling.max_tokens or _SENTENCE + 1) <= _SENTENCE
    return "why" if short and not request.prefill and not request.json_schema else "chat"


async def _held(until: Path | None) -> None:
    # Another process makes the file: there is no event to wait for.
    while until is not None and not until.exists():  # noqa: ASYNC110, ASYNC240
        await asyncio.sleep(_HOLD_POLL)


def _error(kind: str, model: str) -> EngineError:
    said = f"The script says {kind}. Next step: save again."
    if kind == "memory":
        return OutOfMemory(said, model=model)
    if kind == "missing":
        return ModelMissing(said, model)
    return {"unavailable": EngineUnavailable, "refused": EngineRefused, "broken": StreamBroken}[kind](said)
