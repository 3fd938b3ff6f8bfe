"""What a server's refusal is about: the fields of a request that may be left out, and the request without them."""

from __future__ import annotations

import re
from typing import cast

from postil.engine.json_values import JsonObject, object_in, objects_in, text_in

# Bad request, unprocessable content, not implemented. Others aren't about a field: a missing key, a wrong address, a
# server that is busy or broken.
REFUSED = frozenset({400, 422, 501})
# Where a template or a function of the server's own raised for what it was given.
BROKEN = 500
# With these a server may refuse a field: `refused_fields` reads whether it does.
MAY_REFUSE = (*REFUSED, BROKEN)
PREFILL = "prefill"
# Not a field that is left out: `chat_template_kwargs` is added instead, which turns the thinking off that a server
# can't begin an answer for (llama.cpp before 2026-05).
THINKING_OFF = "enable_thinking"

# What a request can go without. Those in the first group aren't in the API that other servers imitate, or not from its
# beginning: they are left out too when a refusal doesn't say what it is about.
_EXTRAS = (
    *("stream_options", "logprobs", "top_logprobs", "response_format", "continue_final_message"),
    *("add_generation_prompt", "chat_template_kwargs", "min_p", "top_k", "repeat_penalty", "seed", "think", "format"),
    *("keep_alive", "cache_prompt", "timings_per_token", "return_progress", "id_slot", "n_probs", "num_thread"),
    *("num_batch", "num_gpu", "reasoning_effort", "truncate", "encoding_format"),
)
_NAMED_ONLY = ("temperature", "top_p", "stop", "stream", "max_tokens")
# OpenAI's name for it since its models think, which other servers don't know.
_LIMIT, _NEW_LIMIT = "max_tokens", "max_completion_tokens"
_DROPPABLE = frozenset({*_EXTRAS, *_NAMED_ONLY, _NEW_LIMIT})
# Fields that mean something only beside another.
_TOGETHER = {
    PREFILL: ("continue_final_message", "add_generation_prompt"),
    "continue_final_message": ("add_generation_prompt",),
    "logprobs": ("top_logprobs",),
}

# As llama.cpp, vLLM, Mistral's templates and others put it.
_ABOUT_PREFILL = re.compile(
    r"pre-?fill|(?:last|final) (?:message|role|turn)|assistant (?:message|response|turn|role|prefix)"
    r"|role.{0,20}assistant|got assistant|roles must alternate|must end with (?:a )?(?:user|human)",
    re.IGNORECASE,
)
# What a broken server says of a request that it can't deal with.
_TEMPLATE_RAISED = re.compile(r"TemplateError|jinja|chat template|model turn|\broles?\b", re.IGNORECASE)
_RAISED = re.compile(
    r"pre-?fill|must end with|(?:last|final) (?:message|turn)|assistant (?:message|turn)|continue_final_message"
    r"|unexpected keyword|not (?:permitted|supported)|(?:unknown|unrecogni[sz]ed|unsupported|extra|invalid)"
    r" (?:field|parameter|argument|input|option|key)",
    re.IGNORECASE,
)
# Where no field is named, it is the request's length.
_LENGTH = re.compile(r"too (?:long|large|many)|exceed|maximum", re.IGNORECASE)
# Refusals that no request escapes by saying less, whatever word they mention beside.
_OTHER = re.compile(
    r"context (?:length|size|window)|n_ctx|out of memory|(?:api|invalid|missing|wrong) ?key|unauthori[sz]ed|quota"
    r"|model .{0,80}(?:not found|not exist|not loaded)|(?:no|unknown|invalid) (?:such )?model"
    r"|does not support (?:insert|generate|chat|completions?|embed\w*)\b|no fill-in-the-middle|not support infill",
    re.IGNORECASE,
)


def refused_fields(
    status: int, answer: str, error: JsonObject | None, body: JsonObject, *, begun: bool
) -> tuple[str, ...]:
    """The fields of `body` to leave out after a refusal: those that it names, or all extras when it names none. Empty
    when another request would be refused too. `answer` is the refusal's text, `error` the same as JSON. `begun`: the
    body holds a beginning of the answer."""
    if status not in REFUSED and not (status == BROKEN and _raised(answer)):
        return ()
    sent = {*body, *(object_in(body.get("options")) or {}), *([PREFILL] if begun else [])}
    named = _pointed_at(error, sent) if error is not None else set[str]()
    if not named and _OTHER.search(answer):
        return ()
    named = named or {name for name in sent if name in _DROPPABLE and _mentions(answer, name)}
    in_template = status == BROKEN and _TEMPLATE_RAISED.search(answer)
    if PREFILL in sent and (in_template or _ABOUT_PREFILL.search(answer) or THINKING_OFF in answer):
        named.add(PREFILL)
    if named:
        if named == {PREFILL} and THINKING_OFF in answer and "chat_template_kwargs" not in sent:
            return (THINKING_OFF,)
        together = {other for name in named for other in _TOGETHER.get(name, ())}
        return tuple(sorted(named | (together & sent)))
    if _LENGTH.search(answer) or status == BROKEN:
        return ()
    return tuple(sorted(sent & {*_EXTRAS, PREFILL}))


def _raised(answer: str) -> bool:
    """Whether a broken server broke at what it was sent."""
    return (_RAISED.search(answer) or _TEMPLATE_RAISED.search(answer)) is not None


def without(body: JsonObject, fields: frozenset[str]) -> JsonObject:
    """The body without these fields, wherever they are. The prefill isn't taken from here: a request without it asks
    for more than that (`core.prefill.from_the_start`)."""
    left: JsonObject = {name: value for name, value in body.items() if name not in fields}
    if _LIMIT in fields and _LIMIT in body and _NEW_LIMIT not in fields:
        left[_NEW_LIMIT] = body[_LIMIT]
    options = object_in(body.get("options"))
    if options is not None:
        left["options"] = {name: value for name, value in options.items() if name not in fields}
    if THINKING_OFF in fields and "chat_template_kwargs" not in fields:
        given = object_in(body.get("chat_template_kwargs")) or {}
        left["chat_template_kwargs"] = {"enable_thinking": False, **given}
    return left


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])", text) is not None


def _pointed_at(error: JsonObject, sent: set[str]) -> set[str]:
    """What a refusal points at: OpenAI's `param`, or the `loc` of each of FastAPI's problems."""
    inner = object_in(error.get("error")) or error
    paths = [re.split(r"[.\[\]]+", text_in(inner.get("param")))]
    paths += [_path(problem.get("loc")) for problem in objects_in(error.get("detail"))]
    found: set[str] = set()
    for path in paths:
        if "messages" in path:
            found |= {PREFILL} & sent
        found |= {part for part in path if part in _DROPPABLE and part in sent}
    return found


def _path(loc: object) -> list[str]:
    return [str(part) for part in cast("list[object]", loc)] if isinstance(loc, list) else []
