"""The model of a conversation: which engine, in which form it calls tools, what its requests hold."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

from postil.core.agent.budget import Meter
from postil.core.agent.prompt import CallForm
from postil.core.agent.tool import ToolSpec
from postil.core.models.thinking import NO_REASONING, Reasoning
from postil.core.persona.persona import Persona
from postil.core.request import ChatRequest, Delta, LoadOptions, Message, Purpose
from postil.engine.base import Engine


@dataclass(frozen=True, slots=True)
class AgentModel:
    """`form`: how it calls tools. `harness`: Postil decides about the steps, because the model can't."""

    engine: Engine
    name: str
    persona: Persona
    load: LoadOptions
    form: CallForm = "prompted"
    harness: bool = False
    reasoning: Reasoning = NO_REASONING

    def request(
        self,
        messages: tuple[Message, ...],
        meter: Meter,
        tools: tuple[ToolSpec, ...] = (),
        *,
        prefill: str = "",
        schema: str | None = None,
        most: int | None = None,
    ) -> ChatRequest:
        """`tools` are sent in the native form alone. `most`: tokens of the answer."""
        sampling = replace(self.persona.sampling, max_tokens=min(most or meter.answer, meter.answer))
        return self.reasoning.of(
            ChatRequest(
                model=self.name,
                messages=messages,
                prefill=prefill,
                sampling=sampling,
                load=self.load,
                json_schema=schema,
                lane="interactive",
                tools=tools if self.form == "native" and not prefill and schema is None else (),
                whole=True,
                purpose=Purpose("agent", self.persona.name),
            )
        )

    async def text(self, request: ChatRequest) -> str:
        """The whole answer."""
        parts: list[str] = []
        async with aclosing(self.engine.chat(request)) as stream:
            async for delta in stream:
                if delta.anew:
                    parts.clear()
                parts.append(delta.text)
        return "".join(parts)

    def stream(self, request: ChatRequest) -> AsyncGenerator[Delta]:
        return self.engine.chat(request)


def chars_of(request: ChatRequest) -> int:
    """Characters that an engine reads of a request."""
    called = sum(len(call.arguments) + len(call.name) + 30 for message in request.messages for call in message.calls)
    tools = sum(len(one.schema) + len(one.description) + len(one.name) + 60 for one in request.tools)
    # A turn has some characters of the template's around it.
    return sum(len(message.content) + 16 for message in request.messages) + called + tools + len(request.prefill)


def call_schema(tools: tuple[ToolSpec, ...]) -> str:
    """JSON Schema of a call of one of the tools: constrained late, behind `<tool_call>`."""
    choices = [
        {
            "type": "object",
            "properties": {"name": {"const": one.name}, "arguments": json.loads(one.schema)},
            "required": ["name", "arguments"],
            "additionalProperties": False,
        }
        for one in tools
    ]
    return json.dumps(choices[0] if len(choices) == 1 else {"anyOf": choices})
