"""The tool calls of a streamed chat completion, which come in pieces."""

from __future__ import annotations

from dataclasses import dataclass, field

from postil.core.agent.tool import ToolCall
from postil.engine.json_values import JsonObject, count_in, object_in, objects_in, text_in

# A model that calls more at once has lost itself.
MOST_CALLS = 32


@dataclass(slots=True)
class _Pieces:
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list[str])


class CallFragments:
    """Puts the pieces together by their index (https://platform.openai.com/docs/api-reference/chat-streaming). A server
    that leaves the index out sends whole calls."""

    def __init__(self) -> None:
        self._calls: dict[int, _Pieces] = {}

    def feed(self, event: JsonObject) -> tuple[ToolCall, ...]:
        """All calls so far, the last one perhaps half written."""
        choices = objects_in(event.get("choices"))
        delta = object_in(choices[0].get("delta")) or object_in(choices[0].get("message")) if choices else None
        for row in objects_in((delta or {}).get("tool_calls")):
            index = count_in(row.get("index"))
            index = len(self._calls) if index is None else int(index)
            if index not in self._calls and len(self._calls) >= MOST_CALLS:
                continue
            pieces = self._calls.setdefault(index, _Pieces())
            function = object_in(row.get("function")) or {}
            pieces.id = pieces.id or text_in(row.get("id"))
            pieces.name = pieces.name or text_in(function.get("name"))
            pieces.arguments.append(text_in(function.get("arguments")))
        return tuple(
            ToolCall(one.id or f"call_{index}", one.name, "".join(one.arguments))
            for index, one in sorted(self._calls.items())
        )
