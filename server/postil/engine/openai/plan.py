"""What is sent for a request, as far as a server is known: how its beginning of the answer goes, what is left out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from postil.core.prefill import from_the_start, opens_with_fence, without_fence_stops
from postil.core.request import ChatRequest, InfillRequest
from postil.engine.dialect.observations import Observations
from postil.engine.dialect.refused import PREFILL, without
from postil.engine.json_values import JsonObject
from postil.engine.openai import template
from postil.engine.openai.answer import Answer, ChatAnswer, InfillAnswer
from postil.engine.openai.request import Dialect, chat_body, completion_body, infill_request

_CHAT = "/v1/chat/completions"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is sent, and how its answer is read. `begun`: with the beginning of the answer that is asked for; `anew`:
    without it."""

    path: str
    body: JsonObject
    answer: Answer
    begun: bool = False
    anew: bool = False


class Plan:
    """The attempts for one server. `post` sends a body and gives the status and the text of the whole answer.
    `renders`: whether it is llama.cpp's server, which tells how it renders a chat."""

    def __init__(self, dialect: Dialect, observations: Observations, post: template.Post) -> None:
        self.renders = dialect == "llama.cpp"
        self._dialect: Dialect = dialect
        self._observations = observations
        self._post = post
        self._probing = asyncio.Lock()

    async def infill(self, request: InfillRequest, left_out: frozenset[str]) -> Attempt:
        path, body = infill_request(request)
        return Attempt(path, without(body, left_out), InfillAnswer())

    async def chat(self, request: ChatRequest, left_out: frozenset[str]) -> Attempt:
        """The request as it goes best without the fields that are left out."""
        if not request.prefill:
            return self._sent(request, left_out, ChatAnswer(""))
        if self.renders and opens_with_fence(request):
            await self._probe(request)
            left_out |= self._observations.of(request.model).refused
        known = self._observations.of(request.model).prefill
        way = "none" if PREFILL in left_out else known.value if known is not None else None
        if way == "raw":
            prompt = await template.begun(self._post, request, self._dialect, left_out)
            if prompt is not None:
                body = without(completion_body(request, prompt), left_out)
                return Attempt("/completion", body, InfillAnswer(), begun=True)
            way = "none"
            self._observations.prefill(request.model, way, f"{template.PATH}: the prompt opens no turn for an answer")
        if way == "none":
            return self._sent(from_the_start(request), left_out, ChatAnswer(""), anew=True)
        sent = without_fence_stops(request) if way is None else request
        return self._sent(sent, left_out, ChatAnswer(request.prefill, sure=way is not None), begun=True)

    def _sent(
        self,
        request: ChatRequest,
        left_out: frozenset[str],
        answer: ChatAnswer,
        *,
        begun: bool = False,
        anew: bool = False,
    ) -> Attempt:
        return Attempt(_CHAT, without(chat_body(request, self._dialect), left_out), answer, begun=begun, anew=anew)

    async def _probe(self, request: ChatRequest) -> None:
        """Once a model, however many requests begin at the same time."""
        async with self._probing:
            if not self._observations.of(request.model).probed:
                await template.probe(self._post, request, self._dialect, self._observations)
