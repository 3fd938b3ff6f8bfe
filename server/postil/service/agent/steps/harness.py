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
from dataclasses import dataclass, replace

from postil.core.agent.budget import Meter
from postil.core.agent.calls.grounded import clauses, grounded
from postil.core.agent.calls.written import Mend
from postil.core.agent.compaction import split
from postil.core.agent.events import Said, Thought
from postil.core.agent.prompt import ANSWER, hinted, parameters, written
from postil.core.agent.tool import ToolCall, ToolSpec
from postil.core.agent.turns import Asked, Result, Turn
from postil.core.agent.words import filled, words
from postil.core.request import Message
from postil.service.agent.steps.model import AgentModel, call_schema, chars_of
from postil.service.agent.steps.step import Answer, Step

# Calls of one turn: who names more tools in a row has lost the thread.
MOST_CALLS = 4
# Tokens of a tool's name, and of its arguments.
_NAME_TOKENS, _ARGUMENT_TOKENS = 24, 400
# Tools that look for something; where they find nothing, the user's own words are searched for.
_LOOKS = frozenset({"find", "symbol"})
# Tools whose results hold the answer to a question somewhere.
_READS = frozenset({"find", "symbol", "search", "read"})


@dataclass(slots=True)
class HarnessTurn:
    """What is known of a turn: the tool that was chosen first."""

    goal: str = ""


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
        turn: HarnessTurn,
    ) -> None:
        self._model = model
        self._meter = meter
        self._tools = {one.name: one for one in tools}
        self._numbers = numbers
        latest = split(turns)[1]
        self._asked = next((one.text for one in latest if isinstance(one, Asked)), "")
        self._results = [one for one in latest if isinstance(one, Result)]
        self._turn = turn
        self._plain = Step(model, meter, (), signatures, numbers, mend)
        self.answer = Answer()

    async def events(self, messages: tuple[Message, ...]) -> AsyncGenerator[Said | Thought]:
        """What is shown. Raises EngineError."""
        if self._results and self._results[-1].call.name in ("fix", "edit") and not self._left():
            # What was done is said in our words.
            yield self._say(_told(self._results[-1]))
            return
        call = await self._next(messages)
        if call is not None and not any(_same(call, one.call) for one in self._results):
            named = [self._asked, *(one.text for one in self._results)]
            call, asked = grounded(call, parameters(self._tools[call.name])[1], named)
            if asked:
                yield self._say(asked)
                return
            self.answer.calls = [call]
            self.answer.text = written(call)
            return
        async with aclosing(self._plain.events(self._asked_again(messages))) as events:
            async for event in events:
                yield event
        self.answer = self._plain.answer
        self.answer.calls = []

    def _asked_again(self, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        """With the question behind what was looked up for it: it stands far above by then."""
        if not self._results or self._results[-1].call.name not in _READS:
            return messages
        return hinted(messages, filled(words().answer_now, asked=self._asked))

    def _say(self, text: str) -> Said:
        self.answer.text = text
        return Said(text)

    async def _next(self, messages: tuple[Message, ...]) -> ToolCall | None:
        """The call that follows; None where the model is to answer."""
        if not self._tools or len(self._results) >= MOST_CALLS:
            return None
        if not self._results:
            self._turn.goal = await self._chosen(messages)
            if self._turn.goal == "edit" and "read" in self._tools:
                # A block quotes lines, so that they must have been read.
                return await self._arguments(messages, "read")
            return await self._arguments(messages, self._turn.goal)
        latest = self._results[-1]
        if self._turn.goal == "edit" and len(self._results) == 1 and latest.call.name == "read":
            return None if latest.failed else await self._edit(messages, latest.call)
        if latest.failed and latest.call.name in _LOOKS and "search" in self._tools:
            return ToolCall(self._new_id(), "search", json.dumps({"question": self._asked}, ensure_ascii=False))
        # Asked again after a result it goes on with whatever tool: only where the user has named a next step.
        left = self._left()
        if not left:
            return None
        asked = hinted(messages, filled(words().next_step, clause=left))
        return await self._arguments(asked, await self._chosen(asked))

    def _left(self) -> str:
        """What the user wants after what has been done; "" where that is all."""
        wanted, done = clauses(self._asked), sum(not one.failed for one in self._results)
        if self._turn.goal == "edit" and self._results and self._results[0].call.name == "read":
            # It was read because it was to be edited.
            done -= 1
        return ", ".join(wanted[done:]) if 0 < done < len(wanted) else ""

    async def _arguments(self, messages: tuple[Message, ...], name: str) -> ToolCall | None:
        """The call of a tool, with arguments by its schema."""
        tool = self._tools.get(name)
        if tool is None:
            return None
        text = await self._text(messages, call_schema((tool,)), _ARGUMENT_TOKENS)
        try:
            arguments: object = json.loads(text)["arguments"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        return ToolCall(self._new_id(), tool.name, json.dumps(arguments, ensure_ascii=False))

    async def _edit(self, messages: tuple[Message, ...], read: ToolCall) -> ToolCall | None:
        """The first edit of the answer that the model writes: code doesn't travel in JSON."""
        step = Step(self._model, self._meter, (self._tools["edit"],), {}, self._numbers)
        async with aclosing(step.events(hinted(messages, words().write_edit))) as events:
            async for _ in events:
                pass
        self.answer.usage = step.answer.usage
        call = next((call for call in step.answer.calls if call.name == "edit"), None)
        return _at(call, read) if call is not None else None

    async def _chosen(self, messages: tuple[Message, ...]) -> str:
        """The tool that the model names, or `answer`."""
        names = [*self._tools, ANSWER.name]
        schema = {"type": "object", "properties": {"tool": {"enum": names}}, "required": ["tool"]}
        try:
            chosen: object = json.loads(await self._text(messages, json.dumps(schema), _NAME_TOKENS))["tool"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return ANSWER.name
        return chosen if isinstance(chosen, str) else ANSWER.name

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


def _at(call: ToolCall, read: ToolCall) -> ToolCall:
    """The edit of the file that was read for it, whatever its block names: small models repeat the example's path."""
    values: dict[str, object] = json.loads(call.arguments)
    values["path"] = json.loads(read.arguments).get("path", "")
    return replace(call, arguments=json.dumps(values, ensure_ascii=False))
