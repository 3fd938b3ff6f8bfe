"""The steps of a model that can't decide about them: it chooses one of the tools by name, then fills in the arguments,
each constrained; Postil does the rest.

The 1.5B, asked in its own words, answers without looking; asked which tool fits, it names the right one for 38 of 39
(`make eval EVAL=agent ARGS=--route`).
"""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing

from postil.core.agent.budget import Meter
from postil.core.agent.events import Said, Thought
from postil.core.agent.grounded import grounded, several_steps
from postil.core.agent.prompt import parameters, written
from postil.core.agent.tool import ToolCall, ToolSpec
from postil.core.agent.turns import Asked, Result, Turn
from postil.core.agent.words import words
from postil.core.agent.written import Mend
from postil.core.request import Message
from postil.service.agent.model import AgentModel, call_schema, chars_of
from postil.service.agent.steps import Answer, Step

# Calls of one turn: who names more tools in a row has lost the thread.
MOST_CALLS = 4
# Tokens of a tool's name, and of its arguments.
_NAME_TOKENS, _ARGUMENT_TOKENS = 24, 400
_NONE = "answer"


class HarnessStep:
    """As `Step`, of a turn of which `turns` are all so far."""

    def __init__(
        self,
        model: AgentModel,
        meter: Meter,
        tools: tuple[ToolSpec, ...],
        signatures: Mapping[str, tuple[str, ...]],
        numbers: itertools.count[int],
        mend: Mend | None,
        turns: Sequence[Turn],
    ) -> None:
        self._model = model
        self._meter = meter
        self._tools = {one.name: one for one in tools}
        self._numbers = numbers
        last = max((place for place, turn in enumerate(turns) if isinstance(turn, Asked)), default=0)
        self._turn = tuple(turns[last:])
        self._plain = Step(model, meter, (), signatures, numbers, mend)
        self.answer = Answer()

    async def events(self, messages: tuple[Message, ...]) -> AsyncGenerator[Said | Thought]:
        """What is shown. Raises EngineError."""
        results = [turn for turn in self._turn if isinstance(turn, Result)]
        if results and results[-1].call.name == "fix":
            # What a check has proved is said in our words.
            yield self._say(_told(results[-1]))
            return
        # Asked again after a result it goes on with whatever tool; it isn't asked unless the user has named a next step.
        more = not results or (len(results) < MOST_CALLS and several_steps(self._said()[0]))
        call = await self._call(messages) if self._tools and more else None
        if call is not None and not any(_same(call, one.call) for one in results):
            call, asked = grounded(call, parameters(self._tools[call.name])[1], self._said())
            if asked:
                yield self._say(asked)
                return
            self.answer.calls = [call]
            self.answer.text = written(call)
            return
        async with aclosing(self._plain.events(messages)) as events:
            async for event in events:
                yield event
        self.answer = self._plain.answer

    def _say(self, text: str) -> Said:
        self.answer.text = text
        return Said(text)

    def _said(self) -> list[str]:
        """What names things in this turn: the user's words, and results."""
        return [turn.text for turn in self._turn if isinstance(turn, Asked | Result)]

    async def _call(self, messages: tuple[Message, ...]) -> ToolCall | None:
        """The call that the model makes; None where it answers."""
        names = [*self._tools, _NONE]
        choice = {"type": "object", "properties": {"tool": {"enum": names}}, "required": ["tool"]}
        tool = self._tools.get(await self._chosen(messages, json.dumps(choice)))
        if tool is None:
            return None
        if tool.name == "edit":
            # Code doesn't travel in JSON: the model writes a block.
            return await self._edit(messages)
        schema = call_schema((tool,))
        text = await self._text(messages, schema, _ARGUMENT_TOKENS)
        try:
            arguments: object = json.loads(text)["arguments"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        return ToolCall(self._new_id(), tool.name, json.dumps(arguments, ensure_ascii=False))

    async def _edit(self, messages: tuple[Message, ...]) -> ToolCall | None:
        """The first edit of the answer that the model writes."""
        step = Step(self._model, self._meter, (self._tools["edit"],), {}, self._numbers)
        last = messages[-1]
        hinted = (
            *messages[:-1],
            Message(last.role, f"{last.content}\n\n{words().write_edit}", last.calls, last.answers),
        )
        async with aclosing(step.events(hinted)) as events:
            async for _ in events:
                pass
        self.answer.usage = step.answer.usage
        return next((call for call in step.answer.calls if call.name == "edit"), None)

    async def _chosen(self, messages: tuple[Message, ...], schema: str) -> str:
        try:
            chosen: object = json.loads(await self._text(messages, schema, _NAME_TOKENS))["tool"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return _NONE
        return chosen if isinstance(chosen, str) else _NONE

    async def _text(self, messages: tuple[Message, ...], schema: str, most: int) -> str:
        request = self._model.request(messages, self._meter, schema=schema, most=most)
        parts: list[str] = []
        async with aclosing(self._model.stream(request)) as stream:
            async for delta in stream:
                if delta.anew:
                    parts.clear()
                parts.append(delta.text)
                self.answer.usage = delta.usage or self.answer.usage
        if self.answer.usage.prompt_tokens:
            self.answer.part = not self._meter.seen(chars_of(request), self.answer.usage.prompt_tokens)
        return "".join(parts)

    def _new_id(self) -> str:
        return f"call_{next(self._numbers)}"


def _told(result: Result) -> str:
    """What a fix came to, for people: its first lines; the difference is shown by the door."""
    head = result.text.partition("\n--- ")[0].strip()
    return head[:1].upper() + head[1:] + ("" if head.endswith(".") else ".")


def _same(one: ToolCall, other: ToolCall) -> bool:
    return (one.name, one.arguments) == (other.name, other.arguments)
