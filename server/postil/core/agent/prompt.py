"""A conversation as messages of a request, for each form of calls.

What stays the same comes first, byte for byte: an engine's cache of the prompt holds as far as two requests agree.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal, cast

from postil.core.agent.tool import ToolCall, ToolSpec
from postil.core.agent.turns import Answered, Asked, Result, Summary, Turn
from postil.core.agent.words import filled, words
from postil.core.request import Message

# native: by the model's own template. prompted: signatures in the system prompt, calls as text. late: as prompted, and
# what follows `<tool_call>` is constrained by a schema.
CallForm = Literal["native", "prompted", "late"]
TYPES = {"string": "text", "integer": "number", "number": "number", "boolean": "true/false", "array": "list"}
# What a model that is asked for a tool names for none.
ANSWER = ToolSpec("answer", "no tool: a greeting, a general question, or something that the user must say first", "{}")
# Characters of a tool's description: those of MCP servers are pages, at times.
_MOST_DESCRIPTION = 240


def system_prompt(persona: str, tools: Sequence[ToolSpec], form: CallForm, *, harness: bool = False) -> str:
    """`persona`: the SYSTEM of a Modelfile, "" for ours."""
    said = words()
    parts = [persona.strip() or filled(said.system)]
    if tools and harness:
        lines = "\n".join(f"- {one.name}: {_short(one.description)}" for one in (*tools, ANSWER))
        parts.append(filled(said.harness, tools=lines))
    elif tools and form != "native":
        lines = "\n".join(f"- {signature(one)}: {_short(one.description)}" for one in tools)
        parts.append(filled(said.prompted, tools=lines, example=_example(tools)))
    if any(one.name == "edit" for one in tools):
        parts.append(filled(said.edit))
    return "\n\n".join(parts)


def messages(system: str, turns: Iterable[Turn], form: CallForm, *, harness: bool = False) -> tuple[Message, ...]:
    """The messages of a request. Roles alternate, as templates want it. `harness`: calls aren't shown, because a model
    that sees some writes more of them in the place of its answer."""
    found: list[Message] = [Message("system", system)]
    for turn in turns:
        match turn:
            case Asked(text, beside):
                _user(found, filled(words().context, asked=text, found=beside) if beside else text)
            case Summary(text):
                _user(found, filled(words().summary, text=text))
            case Answered(_, calls) if calls and harness:
                pass
            case Answered(text, calls):
                found.append(Message("assistant", text, calls if form == "native" else ()))
            case Result(call, text, title) if harness:
                _user(found, f"{title or call.name}:\n{text or words().empty}")
            case Result(call, text) if form == "native":
                found.append(Message("tool", text or words().empty, answers=call))
            case Result(_, text):
                _user(found, filled(words().result, text=text or words().empty))
    return tuple(found)


def hinted(messages: tuple[Message, ...], hint: str) -> tuple[Message, ...]:
    """The messages with a sentence behind the latest one, for this request alone: what stands before stays the same."""
    last = messages[-1]
    return (*messages[:-1], replace(last, content=f"{last.content}\n\n{hint}"))


def written(call: ToolCall) -> str:
    """A call as the prompted form writes it: for an answer in which the model has dressed it otherwise."""
    return f'<tool_call>\n{{"name": {json.dumps(call.name)}, "arguments": {call.arguments}}}\n</tool_call>'


def signature(tool: ToolSpec) -> str:
    """`read(path: text, from_line?: number)`."""
    properties, required = parameters(tool)
    named = [f"{name}{'' if name in required else '?'}: {TYPES.get(kind, kind)}" for name, kind in properties]
    return f"{tool.name}({', '.join(named)})"


def parameters(tool: ToolSpec) -> tuple[tuple[tuple[str, str], ...], frozenset[str]]:
    """The names and JSON types of a tool's parameters, and which it needs."""
    try:
        schema: object = json.loads(tool.schema)
    except (ValueError, RecursionError):
        return (), frozenset()
    if not isinstance(schema, dict):
        return (), frozenset()
    row = cast("dict[str, object]", schema)
    listed = row.get("properties")
    needed = row.get("required")
    properties = cast("dict[str, object]", listed) if isinstance(listed, dict) else {}
    required = (
        frozenset(str(one) for one in cast("list[object]", needed)) if isinstance(needed, list) else frozenset[str]()
    )
    return tuple((name, _type(value)) for name, value in properties.items()), required


def _type(value: object) -> str:
    row = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    choices = row.get("enum")
    if isinstance(choices, list):
        return "|".join(str(one) for one in cast("list[object]", choices))
    kind = row.get("type")
    if kind is None and isinstance(row.get("anyOf"), list):
        kind = next((_type(one) for one in cast("list[object]", row["anyOf"])), None)
    return kind if isinstance(kind, str) else "text"


def _example(tools: Sequence[ToolSpec]) -> str:
    names = {one.name for one in tools}
    if "find" in names:
        return '{"name": "find", "arguments": {"text": "def main"}}'
    tool = tools[0]
    properties, required = parameters(tool)
    values = {name: "…" for name, _ in properties if name in required}
    return json.dumps({"name": tool.name, "arguments": values}, ensure_ascii=False)


def _user(found: list[Message], text: str) -> None:
    if found and found[-1].role == "user":
        found[-1] = Message("user", f"{found[-1].content}\n\n{text}")
    else:
        found.append(Message("user", text))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST_DESCRIPTION else line[: _MOST_DESCRIPTION - 1] + "…"
