"""What is sent to Ollama for a request: its body, and how its beginning of the answer goes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from postil.core.models.abilities import Fact
from postil.core.prefill import (
    SENTINEL,
    USER_SENTINEL,
    adds_bos,
    begun_prompt,
    continues,
    from_the_start,
    opens_with_fence,
    without_fence_stops,
    written_bos,
)
from postil.core.request import ChatRequest, EmbedRequest, InfillRequest, LoadOptions, Message, Sampling
from postil.engine.dialect.observations import Observations
from postil.engine.dialect.refused import PREFILL, without
from postil.engine.json_values import JsonObject, object_in, parse_object, text_in
from postil.engine.options import sampling_options, tools, top_logprobs, without_none

_CHAT, _GENERATE, _SHOW = "/api/chat", "/api/generate", "/api/show"
EMBED = "/api/embed"
# Since 0.11.5: the rendered prompt is the answer. An older Ollama writes one token instead.
_RENDER_ONLY: JsonObject = {"_debug_render_only": True, "stream": False}
_HOW = "/api/chat, _debug_render_only: the prompt"

# Sends a body to a path; the JSON of the whole answer, None for one that isn't and for a refusal.
Ask = Callable[[str, JsonObject], Awaitable[JsonObject | None]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is sent. `begun`: with the beginning of the answer that is asked for; `anew`: without it."""

    path: str
    body: JsonObject
    begun: bool = False
    anew: bool = False


def _message(message: Message) -> JsonObject:
    """Ollama names the tool where the OpenAI API has the call's id, and takes arguments as an object."""
    body: JsonObject = {"role": message.role, "content": message.content}
    if message.calls:
        called = [{"name": call.name, "arguments": parse_object(call.arguments) or {}} for call in message.calls]
        body["tool_calls"] = [{"function": one} for one in called]
    if message.answers is not None:
        body["tool_name"] = message.answers.name
    return body


class Plan:
    """The attempts for one Ollama. `ask` asks it about a model."""

    def __init__(self, observations: Observations, ask: Ask, keep_alive: str | float | None) -> None:
        self._observations = observations
        self._ask = ask
        self._keep_alive = keep_alive
        self._probing = asyncio.Lock()

    async def infill(self, request: InfillRequest, left_out: frozenset[str]) -> Attempt:
        raw = request.raw()
        if raw is not None:
            # Past the template, which has no place for a suffix, and past the parser of thoughts.
            prompt, sampling = raw
            whole: JsonObject = {"prompt": prompt, "raw": True, "think": False}
            return Attempt(_GENERATE, without(whole | self._common(replace(request, sampling=sampling)), left_out))
        body: JsonObject = {
            "prompt": request.prefix + request.begun,
            # With an empty suffix Ollama would not infill at all; a line end says "nothing more".
            "suffix": request.suffix or "\n",
            # Without it, a model that can think counts as thinking (0.12.4).
            "think": False,
            **self._common(request),
        }
        return Attempt(_GENERATE, without(body, left_out))

    def embed(self, request: EmbedRequest, left_out: frozenset[str]) -> JsonObject:
        """The body for `EMBED`."""
        body: JsonObject = {
            "model": request.model,
            "input": list(request.texts),
            "truncate": True,
            "options": load_options(request.load),
            "keep_alive": self._keep_alive,
        }
        return without(without_none(body), left_out)

    async def chat(self, request: ChatRequest, left_out: frozenset[str]) -> Attempt:
        """The request as it goes best without the fields that are left out."""
        if not request.prefill:
            return Attempt(_CHAT, without(self._chat_body(request), left_out))
        if opens_with_fence(request):
            await self._probe(request)
        known = self._observations.of(request.model).prefill
        way = "none" if PREFILL in left_out else known.value if known is not None else None
        if way == "raw":
            prompt = await self._begun(request, left_out)
            if prompt is not None:
                body: JsonObject = {"prompt": prompt, "raw": True, "think": False, **self._common(request)}
                return Attempt(_GENERATE, without(body, left_out), begun=True)
            way = "none"
            self._observations.prefill(request.model, way, f"{_HOW} opens no turn for an answer")
        if way == "none":
            return Attempt(_CHAT, without(self._chat_body(from_the_start(request)), left_out), anew=True)
        sent = without_fence_stops(request) if way is None else request
        return Attempt(_CHAT, without(self._chat_body(sent), left_out), begun=True)

    def _chat_body(self, request: ChatRequest) -> JsonObject:
        messages: list[JsonObject] = [_message(message) for message in request.messages]
        if request.prefill:
            # Where the template lets it, Ollama leaves the last assistant's turn open. It doesn't repeat it.
            messages.append({"role": "assistant", "content": request.prefill})
        schema = json.loads(request.json_schema) if request.json_schema else None
        body: JsonObject = {"messages": messages, "format": schema, "think": request.think, **self._common(request)}
        if request.whole:
            # Since 0.13: it would leave out the oldest turns, and say nothing. An older one ignores both.
            body |= {"truncate": False, "shift": False}
        if request.tools:
            body["tools"] = tools(request.tools)
        return without_none(body)

    def _common(self, request: ChatRequest | InfillRequest) -> JsonObject:
        top = top_logprobs(request.top_logprobs)
        return without_none(
            {
                "model": request.model,
                "stream": True,
                "options": options(request.sampling, request.load),
                "logprobs": True if top else None,
                "top_logprobs": top,
                "keep_alive": self._keep_alive,
            }
        )

    async def _probe(self, request: ChatRequest) -> None:
        """Note whether a beginning is continued: once a model, however many requests begin at the same time."""
        async with self._probing:
            if self._observations.of(request.model).probed:
                return
            asked = replace(request, messages=(Message("user", USER_SENTINEL),), prefill=SENTINEL)
            rendered = await self._rendered(asked, frozenset())
            if not rendered:
                self._observations.probed(request.model, None)
            elif continues(rendered):
                self._observations.probed(request.model, Fact("native", "probe", f"{_HOW} ends with it"))
            else:
                self._observations.probed(request.model, Fact("raw", "probe", f"{_HOW} doesn't end with it"))

    async def _begun(self, request: ChatRequest, left_out: frozenset[str]) -> str | None:
        """The rendered prompt with the beginning of the answer; None where the template opens no turn for it."""
        prompt = begun_prompt(await self._rendered(replace(request, prefill=""), left_out), request)
        bos = written_bos(prompt or "")
        if prompt and bos:
            info = object_in((await self._ask(_SHOW, {"model": request.model}) or {}).get("model_info")) or {}
            flag = info.get("tokenizer.ggml.add_bos_token")
            kind, pre = (text_in(info.get(f"tokenizer.ggml.{name}")) for name in ("model", "pre"))
            if adds_bos(kind, pre, flag if isinstance(flag, bool) else None):
                # It would be there twice.
                return prompt.removeprefix(bos)
        return prompt

    async def _rendered(self, request: ChatRequest, left_out: frozenset[str]) -> str:
        """The prompt that Ollama would give the model; "" where it can't say. It loads the model, as the request
        itself would: with the same options, so that it isn't loaded again."""
        bare = replace(request, sampling=Sampling(temperature=None, max_tokens=1), top_logprobs=0, json_schema=None)
        # Without `think`, a model that can think counts as thinking (0.12.4).
        thinking: JsonObject = {"think": False if request.think is None else request.think}
        body = without({**self._chat_body(bare), **thinking}, left_out) | _RENDER_ONLY
        answer = await self._ask(_CHAT, body)
        return text_in((object_in((answer or {}).get("_debug_info")) or {}).get("rendered_template"))


def load_options(load: LoadOptions) -> JsonObject:
    """The load options that are set, by Ollama's names."""
    return without_none(
        {
            "num_ctx": load.num_ctx,
            "num_batch": load.num_batch,
            "num_gpu": load.num_gpu,
            "num_thread": load.num_thread,
        }
    )


def options(sampling: Sampling, load: LoadOptions) -> JsonObject:
    return sampling_options(sampling, "num_predict") | load_options(load)
