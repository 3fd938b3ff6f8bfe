"""How llama.cpp's server renders a chat: whether a beginning of its answer is continued, and the prompt with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from postil.core.models.abilities import Fact
from postil.core.models.observed import Refusal
from postil.core.prefill import SENTINEL, USER_SENTINEL, begun_prompt, continues
from postil.core.request import ChatRequest, Message
from postil.engine.dialect.observations import Observations
from postil.engine.dialect.refused import THINKING_OFF, without
from postil.engine.json_values import JsonObject, parse_object, text_in
from postil.engine.openai.request import Dialect, chat_body

PATH = "/apply-template"
# What of a chat its rendering depends on.
_RENDERED = ("model", "messages", "continue_final_message", "add_generation_prompt", "chat_template_kwargs")

# Sends a body to a path; the answer's status and text.
Post = Callable[[str, JsonObject], Awaitable[tuple[int, str]]]


async def probe(post: Post, request: ChatRequest, dialect: Dialect, observations: Observations) -> None:
    """Note whether the server lets the model continue a beginning of its answer, or that it can't say."""
    asked = replace(request, messages=(Message("user", USER_SENTINEL),), prefill=SENTINEL)
    refused = observations.of(request.model).refused
    status, answer = await post(PATH, _body(asked, dialect, refused))
    if status == 400 and THINKING_OFF in answer and THINKING_OFF not in refused:
        status, answer = await post(PATH, _body(asked, dialect, refused | {THINKING_OFF}))
        if status == 200:
            words = f"{PATH}: a beginning of the answer goes with thinking switched off only"
            observations.refused("The server", request.model, [Refusal(THINKING_OFF, words)])
    rendered = _prompt(answer) if status == 200 else ""
    if not rendered:
        observations.probed(request.model, None)
    elif continues(rendered):
        observations.probed(request.model, Fact("native", "probe", f"{PATH}: the prompt ends with it"))
    else:
        observations.probed(request.model, Fact("raw", "probe", f"{PATH}: the prompt doesn't end with it"))


async def begun(post: Post, request: ChatRequest, dialect: Dialect, refused: frozenset[str]) -> str | None:
    """The rendered prompt with the beginning of the answer; None where the server renders none that it could follow."""
    status, answer = await post(PATH, _body(replace(request, prefill=""), dialect, refused))
    return begun_prompt(_prompt(answer), request) if status == 200 else None


def _body(request: ChatRequest, dialect: Dialect, refused: frozenset[str]) -> JsonObject:
    body = without(chat_body(request, dialect), refused)
    return {name: body[name] for name in _RENDERED if name in body}


def _prompt(answer: str) -> str:
    return text_in((parse_object(answer) or {}).get("prompt"))
