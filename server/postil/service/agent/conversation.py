"""One conversation: the loop of answers and calls, until the model has answered, or a limit ends the turn."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from typing import Any

from postil.core.agent.budget import Meter, cut
from postil.core.agent.calls.written import Mend
from postil.core.agent.events import (
    CallEnded,
    CallProgress,
    CallStarted,
    ContextUsed,
    Ended,
    Event,
    Notice,
)
from postil.core.agent.guard import LoopGuard
from postil.core.agent.permission import PermissionRequest
from postil.core.agent.prompt import hinted, messages, signature, system_prompt
from postil.core.agent.tool import ToolCall, ToolSpec
from postil.core.agent.turns import Answered, Asked, Result, Turn
from postil.core.agent.words import filled, words
from postil.engine.base import EngineError, EngineRefused
from postil.service.agent.fitting import Fitting, Overflow
from postil.service.agent.gate import Gate
from postil.service.agent.steps.harness import HarnessStep, HarnessTurn
from postil.service.agent.steps.model import AgentModel
from postil.service.agent.steps.step import Answer, Step
from postil.service.agent.toolbox import AnyTool, Toolbox
from postil.service.agent.tools.base import Outcome, Plan, ToolTrouble

# Of one turn of the user's. A model that isn't done by then won't be.
MOST_STEPS = 20
# Of one answer; the others are told to wait.
MOST_CALLS = 8

# Quick, because nothing waits for it: a turn that is cancelled is kept, too. Raises nothing.
Keep = Callable[[tuple[Turn, ...]], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one turn: steps, seconds, tokens that the model writes."""

    steps: int = MOST_STEPS
    seconds: float = 1_800.0
    tokens: int = 60_000


@dataclass(slots=True)
class _Made:
    """What came of a call: the text for the model. `useless`: it couldn't be made; `cancelled`: the user ended all."""

    text: str = ""
    useless: bool = False
    cancelled: bool = False


class Conversation:
    """`beside` finds what is put beside the user's words. One turn at a time; closing it cancels all that runs."""

    def __init__(
        self,
        model: AgentModel,
        meter: Meter,
        toolbox: Toolbox,
        gate: Gate,
        beside: Callable[[str, tuple[Turn, ...]], Awaitable[str]],
        limits: Limits | None = None,
        turns: tuple[Turn, ...] = (),
        mend: Mend | None = None,
        began: Callable[[], None] | None = None,
        keep: Keep | None = None,
    ) -> None:
        """`began` is called when a turn of the user's begins: what is written from now on belongs to it. `keep` gets
        all turns when one has ended, however it has."""
        self._keep = keep
        self._began = began or (lambda: None)
        self.model = model
        self.meter = meter
        self.turns: list[Turn] = list(turns)
        self._toolbox = toolbox
        self._gate = gate
        self._beside = beside
        self._limits = limits or Limits()
        self._mend = mend
        # Behind those of earlier turns: each call has its own id.
        self._numbers = itertools.count(1 + sum(isinstance(turn, Result) for turn in turns))
        self._fitting = Fitting(model, meter)
        self._harness = HarnessTurn()
        self.busy = False

    async def prompt(self, text: str) -> AsyncGenerator[Event]:
        """What happens; Ended at last, unless the generator is closed before."""
        if self.busy:
            yield Ended("failed", "the conversation is still at work: wait for it, or cancel it")
            return
        self.busy = True
        try:
            self._began()
            await self._toolbox.refresh()
            beside = await self._beside(text, tuple(self.turns))
            self.turns.append(Asked(text, beside))
            self._harness = HarnessTurn()
            async with aclosing(self._steps()) as events:
                async for event in events:
                    yield event
        except Overflow as error:
            yield Ended("overflow", str(error))
        except EngineError as error:
            yield Ended("failed", str(error))
        finally:
            self._settle()
            self.busy = False
            if self._keep is not None:
                self._keep(tuple(self.turns))

    async def compact(self) -> AsyncGenerator[Event]:
        """Shorten all but the latest turn now, as far as that saves anything. Ended at last."""
        if self.busy:
            yield Ended("failed", "the conversation is still at work: wait for it, or cancel it")
            return
        self.busy = True
        try:
            tools = self.tools()
            compacted = await self._fitting.shortened(self.system(tools), self.turns, tools)
            yield compacted or Notice("There is nothing to shorten yet.")
            yield Ended("done")
        except EngineError as error:
            yield Ended("failed", str(error))
        finally:
            self.busy = False

    def tokens(self, turns: Sequence[Turn] | None = None) -> int:
        """Estimated, of a request with these turns; None = all."""
        tools = self.tools()
        return self._fitting.tokens(self.system(tools), self.turns if turns is None else turns, tools)

    def system(self, tools: tuple[ToolSpec, ...]) -> str:
        return system_prompt(self.model.persona.system, tools, self.model.form, harness=self.model.harness)

    def tools(self) -> tuple[ToolSpec, ...]:
        """What the model is told of; edits are written as blocks in every form."""
        return self._toolbox.specs()

    async def _steps(self) -> AsyncGenerator[Event]:
        guard, gone, written = LoopGuard(), set[str](), 0
        ends = time.monotonic() + self._limits.seconds
        for number in range(self._limits.steps):
            last = number == self._limits.steps - 1 or time.monotonic() > ends or written > self._limits.tokens
            answer = Answer()
            async with aclosing(self._answer(answer, frozenset(gone), last=last)) as events:
                async for event in events:
                    yield event
            written += answer.usage.output_tokens
            if answer.part:
                raise Overflow("the engine has left out a part of the conversation: raise num_ctx")
            self.turns.append(Answered(answer.text, tuple(answer.calls)))
            if last and answer.calls:
                yield Ended("limit", f"it wasn't done after {number + 1} steps: say how to go on")
                return
            if not answer.calls:
                if not answer.text.strip():
                    yield Notice("The model answered nothing.")
                yield Ended("done", "its answer was cut off at its limit of tokens" if answer.cut else "")
                return
            for place, call in enumerate(answer.calls):
                if place >= MOST_CALLS:
                    self.turns.append(Result(call, f"only {MOST_CALLS} calls at once", failed=True))
                    continue
                made = _Made()
                async with aclosing(self._call(call, frozenset(gone), made)) as events:
                    async for event in events:
                        yield event
                match guard.after(call, made.text, useless=made.useless):
                    case "stop":
                        yield Ended("loop", f"it went round in circles with {call.name}: ask in another way")
                        return
                    case "gone":
                        gone.add(call.name)
                        self._say_more(filled(words().gone, name=call.name))
                    case "told":
                        self._say_more(filled(words().same_again, name=call.name))
                    case "fine":
                        pass
                if made.cancelled:
                    yield Ended("cancelled")
                    return

    async def _answer(self, answer: Answer, gone: frozenset[str], *, last: bool) -> AsyncGenerator[Event]:
        """Ask the model; `answer` is filled in."""
        tools = self.tools()
        system = self.system(tools)
        offered = () if last else tuple(one for one in tools if one.name not in gone)
        async with aclosing(self._fitting.fitted(system, self.turns, tools)) as events:
            async for event in events:
                yield event
        asked = messages(system, self.turns, self.model.form, harness=self.model.harness)
        if last:
            asked = hinted(asked, words().last_step)
        given = self.model, self.meter, offered, self._toolbox.signatures, self._numbers, self._mend
        step = HarnessStep(*given, tuple(self.turns), self._harness) if self.model.harness else Step(*given)
        try:
            async with aclosing(step.events(asked)) as events:
                async for event in events:
                    yield event
        except EngineRefused as error:
            if self.model.form != "native" or "tool" not in str(error).lower() or step.answer.text:
                raise
            # A model whose template has no tools.
            self.model = _prompted(self.model)
            self._fitting = Fitting(self.model, self.meter)
            async with aclosing(self._answer(answer, gone, last=last)) as events:
                async for event in events:
                    yield event
            return
        except BaseException:
            if step.answer.text:
                # What was shown was said.
                self.turns.append(Answered(step.answer.text))
            raise
        answer.text, answer.calls, answer.usage = step.answer.text, step.answer.calls, step.answer.usage
        answer.cut, answer.part = step.answer.cut, step.answer.part
        if last:
            answer.calls = []
        if answer.usage.prompt_tokens:
            yield ContextUsed(answer.usage.prompt_tokens + answer.usage.output_tokens, self.meter.num_ctx)

    async def _call(self, call: ToolCall, gone: frozenset[str], made: _Made) -> AsyncGenerator[Event]:
        tool = self._toolbox.get(call.name)
        if tool is None or call.name in gone:
            names = ", ".join(one.name for one in self.tools() if one.name not in gone)
            said = words().unknown_tool if tool is None else words().gone
            made.useless = True
            yield self._ended(call, call.name, filled(said, name=call.name, names=names), made)
            return
        try:
            asked = tool.read(call)
        except ToolTrouble as error:
            made.useless = True
            text = filled(words().bad_arguments, name=call.name, why=str(error), signature=signature(tool.spec))
            yield self._ended(call, call.name, text, made)
            return
        try:
            plan: Plan = await tool.plan(asked)
        except ToolTrouble as error:
            yield CallStarted(call, tool.kind, call.name)
            yield self._ended(call, call.name, str(error), made)
            return
        yield CallStarted(call, tool.kind, plan.title, plan.places)
        refused = await self._refusal(call, tool, plan)
        if refused is not None:
            made.cancelled = refused == words().cancelled
            yield self._ended(call, plan.title, refused, made)
            return
        outcome: Outcome | None = None
        async with aclosing(_doing(tool, call, asked, plan)) as steps:
            async for step in steps:
                if isinstance(step, CallProgress):
                    yield step
                else:
                    outcome = step
        assert outcome is not None
        text = cut(outcome.text, self.meter.result_chars, "[cut: ask for less]")
        yield self._ended(call, plan.title, text, made, failed=outcome.failed, outcome=outcome)

    async def _refusal(self, call: ToolCall, tool: AnyTool, plan: Plan) -> str | None:
        """Why the call isn't made, for the model; None = it is."""
        asked = PermissionRequest(
            call, tool.kind, plan.title, plan.argv, plan.changes, tool.spec.server, settled=tool.settled
        )
        decision = await self._gate.decide(asked)
        if decision.verdict == "allow":
            if decision.lasting:
                await asyncio.to_thread(tool.settle)
            return None
        return words().cancelled if decision.verdict == "cancelled" else decision.why or words().refused

    def _ended(
        self,
        call: ToolCall,
        title: str,
        text: str,
        made: _Made,
        *,
        failed: bool = True,
        outcome: Outcome | None = None,
    ) -> CallEnded:
        made.text = text
        self.turns.append(Result(call, text, title, failed=failed))
        done = outcome or Outcome("")
        return CallEnded(call, text, failed, done.changes, done.places)

    def _say_more(self, sentence: str) -> None:
        """Add a sentence to the latest result."""
        latest = self.turns[-1]
        if isinstance(latest, Result):
            self.turns[-1] = Result(latest.call, f"{latest.text}\n{sentence}", latest.title, latest.failed)

    def _settle(self) -> None:
        """Each call has a result, whatever has ended the turn: templates and servers refuse a conversation without."""
        answered = {turn.call.id for turn in self.turns if isinstance(turn, Result)}
        for turn in list(self.turns):
            if isinstance(turn, Answered):
                for call in turn.calls:
                    if call.id not in answered:
                        self.turns.append(Result(call, words().cancelled, call.name, failed=True))


def _prompted(model: AgentModel) -> AgentModel:
    return replace(model, form="prompted")


async def _doing(tool: AnyTool, call: ToolCall, asked: Any, plan: Plan) -> AsyncGenerator[CallProgress | Outcome]:
    """What a tool says while it works, and what came of it at last. Closing the generator ends its work."""
    told: asyncio.Queue[str | None] = asyncio.Queue()

    async def work() -> Outcome:
        try:
            return await tool.do(asked, plan, told.put_nowait)
        except ToolTrouble as error:
            return Outcome(str(error), failed=True)
        finally:
            told.put_nowait(None)

    task = asyncio.ensure_future(work())
    try:
        while (sentence := await told.get()) is not None:
            yield CallProgress(call, sentence)
        yield await task
    finally:
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
