"""The baseline: the same weights asked for a list of findings with line numbers, as everyone does."""

from __future__ import annotations

import json
from contextlib import aclosing
from dataclasses import dataclass

from postil.core.request import ChatRequest, LoadOptions, Message, Sampling, Usage
from postil.core.syntax.languages import fence_of
from postil.engine.base import Engine

PROMPT = (
    "Report the real defects of the code above: wrong results, crashes, infinite loops, security holes. No style "
    'remarks. Most code is correct: then the list is empty. Reply in JSON: {"findings": [{"line": line number, '
    '"message": what is wrong, in a few words}]}'
)
SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {
            "findings": {
                "type": "array",
                "maxItems": 3,
                "items": {
                    "type": "object",
                    "properties": {"line": {"type": "integer"}, "message": {"type": "string", "maxLength": 160}},
                    "required": ["line", "message"],
                },
            }
        },
        "required": ["findings"],
    }
)


@dataclass(frozen=True, slots=True)
class Listed:
    """1-based lines that were named, and what it cost."""

    lines: tuple[int, ...]
    usage: Usage


async def review(engine: Engine, model: str, text: str, language: str) -> Listed:
    """One request for the whole file."""
    numbered = "\n".join(f"{number:3d}| {line}" for number, line in enumerate(text.splitlines(), 1))
    request = ChatRequest(
        model=model,
        messages=(
            Message("system", "You are a careful code reviewer."),
            Message("user", f"```{fence_of(language)}\n{numbered}\n```\n\n{PROMPT}"),
        ),
        # A schema doesn't keep a small model from running on in white space.
        sampling=Sampling(temperature=0.0, max_tokens=250),
        load=LoadOptions(num_ctx=8192),
        json_schema=SCHEMA,
    )
    said, usage = "", Usage()
    async with aclosing(engine.chat(request)) as stream:
        async for delta in stream:
            said += delta.text
            usage = delta.usage or usage
    return Listed(_lines(said), usage)


def _lines(said: str) -> tuple[int, ...]:
    try:
        findings = json.loads(said)["findings"]
        return tuple(int(finding["line"]) for finding in findings)
    except (ValueError, KeyError, TypeError):
        return ()
