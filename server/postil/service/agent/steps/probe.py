"""Asks a model for some calls in each form, and keeps in which it is best: by its weights and the engine's version.

Nothing that it calls is run.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Literal

import msgspec
import platformdirs

from postil.core.agent.budget import Meter
from postil.core.agent.prompt import CallForm, messages, parameters, system_prompt
from postil.core.agent.tool import ToolCall, ToolSpec
from postil.core.agent.turns import Answered, Asked, Result, Turn
from postil.core.data import Entry, load_data
from postil.engine.base import EngineFacts, EngineRefused, ModelInfo
from postil.service.agent.steps.mending import mended
from postil.service.agent.steps.model import AgentModel
from postil.service.agent.steps.step import Step
from postil.service.workspace.atomic import write_whole

FORMS: tuple[CallForm, ...] = ("native", "prompted", "late")
# Of those asked; who calls less surely goes astray within three steps (0.85 ** 3 = 0.6).
_FREE_FROM = 0.85
# A call or a sentence.
_TOKENS = 160


class _Question(Entry, frozen=True, kw_only=True):
    ask: str
    name: tuple[str, ...] = ()
    has: str = ""
    after: str = ""


class Probed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`right` of `asked` in the best `form`. `driver`: who decides about the steps."""

    form: Literal["native", "prompted", "late"]
    driver: Literal["free", "harness"]
    right: int
    asked: int


@dataclass(frozen=True, slots=True)
class Asking:
    """What came of one question in one form; `why` it is wrong, "" where it is right."""

    form: CallForm
    question: str
    why: str


@cache
def _questions() -> Mapping[str, _Question]:
    return load_data("probe.toml", dict[str, _Question])


async def probe(model: AgentModel, tools: tuple[ToolSpec, ...]) -> AsyncGenerator[Asking | Probed]:
    """Each question in each form, and the result at last. Raises EngineError."""
    right: dict[CallForm, int] = {}
    for form in FORMS:
        asked = replace(model, form=form, harness=False)
        right[form] = 0
        for name, question in _questions().items():
            try:
                why = await _wrong(asked, tools, question)
            except EngineRefused as error:
                # A template without tools, a server without schemas: it isn't this model's form.
                yield Asking(form, name, str(error))
                break
            right[form] += not why
            yield Asking(form, name, why)
    # Of equally good ones the first: what the template has was trained.
    best = max(FORMS, key=lambda form: right[form])
    total = len(_questions())
    yield Probed(best, "free" if right[best] >= _FREE_FROM * total else "harness", right[best], total)


async def _wrong(model: AgentModel, tools: tuple[ToolSpec, ...], question: _Question) -> str:
    numbers = itertools.count(1)
    meter = Meter(model.load.num_ctx)
    turns: list[Turn] = [Asked(question.ask)]
    if question.after:
        call = ToolCall("call_0", "read", '{"path": "src/client.py"}')
        said = (
            ""
            if model.form == "native"
            else f'<tool_call>\n{{"name": "read", "arguments": {call.arguments}}}\n</tool_call>'
        )
        turns += [Answered(said, (call,)), Result(call, question.after)]
    signatures = {one.name: tuple(name for name, _ in parameters(one)[0]) for one in tools}
    step = Step(model, meter, tools, signatures, numbers, mended, _TOKENS)
    system = system_prompt("", tools, model.form)
    text = ""
    async with aclosing(step.events(messages(system, turns, model.form))) as events:
        async for event in events:
            text += event.text
    calls = step.answer.calls
    if not question.name:
        if calls:
            return f"called {calls[0].name}, which nothing asked for"
        if question.has and question.has not in text:
            return f"answered without {question.has}"
        return "" if text.strip() else "answered nothing"
    if not calls:
        return "called nothing"
    if calls[0].name not in question.name:
        return f"called {calls[0].name}, not {question.name[0]}"
    return "" if question.has in calls[0].arguments else f"called {calls[0].name} without {question.has}"


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    probes: dict[str, Probed] = {}


def kept(facts: EngineFacts, info: ModelInfo) -> Probed | None:
    """What a probe has found of these weights on this engine; None without one."""
    return _read().probes.get(_key(facts, info))


def keep(facts: EngineFacts, info: ModelInfo, probed: Probed) -> None:
    """Raises OSError."""
    probes = {**_read().probes, _key(facts, info): probed}
    write_whole(_file(), msgspec.json.format(msgspec.json.encode(_Kept(probes))).decode(), private=True)


def _read() -> _Kept:
    try:
        return msgspec.json.decode(_file().read_bytes(), type=_Kept)
    except (OSError, msgspec.DecodeError):
        # Another version's, or half a file: it is found out again.
        return _Kept()


def _key(facts: EngineFacts, info: ModelInfo) -> str:
    weights = info.digest or f"{info.name} {info.size or ''} {info.quantization}"
    said = f"{facts.name}\0{facts.version or ''}\0{weights}"
    return f"{info.name} {sha256(said.encode('utf-8', 'replace')).hexdigest()[:16]}"


def _file() -> Path:
    return platformdirs.user_state_path("postil", appauthor=False) / "agent" / "probes.json"
