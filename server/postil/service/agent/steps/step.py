"""One answer of the model, streamed: what is shown, which tools it calls."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field

from postil.core.agent.budget import Meter
from postil.core.agent.calls.rescue import CallReader
from postil.core.agent.calls.written import Mend
from postil.core.agent.events import Said, Thought
from postil.core.agent.tool import ToolCall, ToolSpec
from postil.core.request import Message, Usage
from postil.service.agent.steps.model import AgentModel, call_schema, chars_of

# Tokens of the arguments of a call whose name is decided: code doesn't travel in them.
_ARGUMENT_TOKENS = 400
_MARK = "<tool_call>"


@dataclass(slots=True)
class Answer:
    """`text`: as the model wrote it, with its calls where they are text. `cut`: its limit of tokens ended it. `part`:
    the engine has read so little that it must have left out a part of the prompt."""

    text: str = ""
    calls: list[ToolCall] = field(default_factory=list[ToolCall])
    usage: Usage = field(default_factory=Usage)
    cut: bool = False
    part: bool = False


class Step:
    """Asks the model once (twice in the late form, for the call). `numbers` makes ids of calls."""

    def __init__(
        self,
        model: AgentModel,
        meter: Meter,
        tools: tuple[ToolSpec, ...],
        signatures: Mapping[str, tuple[str, ...]],
        numbers: itertools.count[int],
        mend: Mend | None = None,
        most: int | None = None,
    ) -> None:
        self._most = most
        self._model = model
        self._meter = meter
        self._tools = tools
        self._numbers = numbers
        self._reader = CallReader(signatures, self._new_id, mend)
        self.answer = Answer()

    def _new_id(self) -> str:
        return f"call_{next(self._numbers)}"

    async def events(self, messages: tuple[Message, ...]) -> AsyncGenerator[Said | Thought]:
        """What is shown. Afterwards `answer` holds all of it. Raises EngineError."""
        answer = self.answer
        request = self._model.request(messages, self._meter, self._tools, most=self._most)
        native: tuple[ToolCall, ...] = ()
        begun = False
        async with aclosing(self._model.stream(request)) as stream:
            async for delta in stream:
                answer.usage = delta.usage or answer.usage
                if delta.thinking:
                    yield Thought(delta.thinking)
                native = delta.calls or native
                answer.cut = delta.finish == "length"
                answer.text += delta.text
                read = self._reader.feed(delta.text, last=delta.finish is not None)
                answer.calls += read.calls
                if read.text:
                    yield Said(read.text)
                if self._model.form == "late" and self._tools and self._reader.begun and _MARK in answer.text:
                    begun = True
                    break
        if begun:
            await self._late(messages)
        answer.calls += [ToolCall(self._new_id(), one.name, one.arguments or "{}") for one in native]
        if answer.usage.prompt_tokens:
            answer.part = not self._meter.seen(chars_of(request), answer.usage.prompt_tokens)

    async def _late(self, messages: tuple[Message, ...]) -> None:
        """The call whose mark the model has begun, by a schema."""
        answer = self.answer
        begin = answer.text.partition(_MARK)[0] + _MARK + "\n"
        schema = call_schema(self._tools)
        request = self._model.request(messages, self._meter, prefill=begin, schema=schema, most=_ARGUMENT_TOKENS)
        written = (await self._model.text(request)).strip()
        answer.text = f"{begin}{written}\n</tool_call>"
        try:
            row = json.loads(written)
            call = ToolCall(self._new_id(), row["name"], json.dumps(row["arguments"], ensure_ascii=False))
        except (ValueError, TypeError, KeyError, RecursionError):
            # An engine that doesn't keep to the schema: read as it is.
            read = CallReader({}, self._new_id).feed(f"{_MARK}\n{written}\n</tool_call>", last=True)
            answer.calls += read.calls
        else:
            answer.calls.append(call)
