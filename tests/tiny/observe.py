"""What a real engine does with a tiny model, seen by plain requests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from tests.tiny.families import ANSWER, BEGINNING, CONTINUED, FILLED, THOUGHT, Family

USER = {"role": "user", "content": "Look at this."}
BEGUN = [USER, {"role": "assistant", "content": BEGINNING}]
# The beginning of a rewrite ends with a line break and the next line's margin.
_MARGIN = "\n    "
INDENTED = [USER, {"role": "assistant", "content": BEGINNING + _MARGIN}]
SCHEMA = {
    "type": "object",
    "properties": {"verdict": {"enum": ["ok", "bad"]}, "why": {"type": "string"}},
    "required": ["verdict", "why"],
}
_LIMIT = 60


@dataclass(frozen=True, slots=True)
class Observed:
    """In the words of the table's columns."""

    says: str
    thinks: str
    switched_off: str
    prefill: str
    infill: str
    logprobs: str
    schema: str

    def cells(self) -> tuple[str, ...]:
        return (self.says, self.thinks, self.switched_off, self.prefill, self.infill, self.logprobs, self.schema)


@dataclass(slots=True)
class Answer:
    """A stream, put together."""

    status: int
    content: str = ""
    thinking: str = ""
    tokens: list[str] = field(default_factory=list)


def thinks(answer: Answer) -> str:
    """Where the thinking of an answer is."""
    if answer.status != 200:
        return f"refused ({answer.status})"
    where = [name for name, text in (("apart", answer.thinking), ("in the content", answer.content)) if THOUGHT in text]
    if ANSWER not in answer.content:
        where.append("no answer")
    elif "apart" in where and answer.content.strip() != ANSWER:
        where.append(f"then `{answer.content.strip().replace(ANSWER, '…')}`")
    return ", ".join(where) or "no"


def continued(answer: Answer, rendered: str, indented: str) -> str:
    """Whether a last assistant message was continued, by what the model said and by the prompt that was rendered;
    `indented` is the prompt for one that ends with a margin."""
    if answer.status != 200:
        return f"refused ({answer.status})"
    text = answer.content
    if text.startswith(BEGINNING + CONTINUED):
        said = "continued, the beginning repeated"
    elif text.startswith(CONTINUED):
        said = "continued"
    else:
        said = "answered anew" if ANSWER in text else f"`{text}`"
    if rendered.endswith(BEGINNING) != said.startswith("continued"):
        said += ", against the rendered prompt"
    elif said.startswith("continued") and not indented.endswith(BEGINNING + _MARGIN):
        said += ", without its margin"
    return said


def _logprobs(answer: Answer) -> str:
    if answer.status != 200:
        return f"refused ({answer.status})"
    if not answer.tokens:
        return "no"
    return "the thinking's too" if THOUGHT in "".join(answer.tokens) else "yes"


def _schema(answer: Answer) -> str:
    if answer.status != 200:
        return f"refused ({answer.status})"
    try:
        found = json.loads(answer.content)
    except ValueError:
        return "broken"
    kept = set(found) == {"verdict", "why"} and found["verdict"] in ("ok", "bad") and isinstance(found["why"], str)
    return "kept" if kept else "broken"


@dataclass(frozen=True, slots=True)
class OllamaModel:
    """A model in an Ollama."""

    client: httpx.Client
    model: str

    def _post(self, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
        answer = self.client.post(path, json={"model": self.model, "stream": False, "options": _OPTIONS, **body})
        return answer.status_code, answer.json()

    def chat(self, **body: Any) -> Answer:
        sent = {"model": self.model, "messages": [USER], "options": _OPTIONS, **body}
        with self.client.stream("POST", "/api/chat", json=sent) as response:
            found = Answer(response.status_code)
            for line in response.iter_lines():
                part = json.loads(line) if line else {}
                message = part.get("message", {})
                found.content += message.get("content", "")
                found.thinking += message.get("thinking", "")
                found.tokens += [entry["token"] for entry in part.get("logprobs") or []]
        return found

    def shown(self) -> dict[str, Any]:
        return self._post("/api/show")[1]

    def rendered(self, messages: list[dict[str, str]], **body: Any) -> str:
        """The prompt that Ollama makes of messages."""
        status, found = self._post("/api/chat", messages=messages, _debug_render_only=True, **body)
        assert status == 200, found
        return found["_debug_info"]["rendered_template"]

    def generate(self, **body: Any) -> tuple[int, str]:
        status, found = self._post("/api/generate", **body)
        return status, found.get("response", "")

    def observe(self, family: Family) -> Observed:
        thinking = "thinking" in self.shown()["capabilities"]
        off: dict[str, Any] = {"think": False} if thinking else {}
        ways = []
        status, text = self.generate(prompt="def total():\n", suffix="\n", think=False)
        ways += ["`suffix`"] if (status, text) == (200, FILLED) else []
        if family.fim is not None:
            status, text = self.generate(prompt=family.fim, raw=True, think=False)
            ways += ["raw tokens"] if (status, text) == (200, FILLED) else []
        return Observed(
            says=", ".join(sorted(self.shown()["capabilities"])),
            thinks=thinks(self.chat()),
            switched_off=thinks(self.chat(think=False)),
            prefill=continued(
                self.chat(messages=BEGUN, **off), self.rendered(BEGUN, **off), self.rendered(INDENTED, **off)
            ),
            infill=" ".join(ways) or "no",
            logprobs=_logprobs(self.chat(logprobs=True, top_logprobs=2)),
            schema=_schema(self.chat(format=SCHEMA, **off)),
        )


# More threads would wait for each other more than they work.
_OPTIONS: Mapping[str, int] = {"temperature": 0, "num_predict": _LIMIT, "num_ctx": 4096, "num_thread": 1}


@dataclass(frozen=True, slots=True)
class LlamaServer:
    """llama.cpp's own server with one model."""

    client: httpx.Client

    def chat(self, **body: Any) -> Answer:
        sent = {"messages": [USER], "temperature": 0, "max_tokens": _LIMIT, "stream": True, **body}
        with self.client.stream("POST", "/v1/chat/completions", json=sent) as response:
            found = Answer(response.status_code)
            for line in response.iter_lines():
                if not line.startswith("data: {"):
                    continue
                for choice in json.loads(line.removeprefix("data: ")).get("choices", []):
                    found.content += choice["delta"].get("content") or ""
                    found.thinking += choice["delta"].get("reasoning_content") or ""
                    found.tokens += [entry["token"] for entry in (choice.get("logprobs") or {}).get("content") or []]
        return found

    def _post(self, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
        answer = self.client.post(path, json=body)
        return answer.status_code, answer.json()

    def props(self) -> dict[str, Any]:
        return self.client.get("/props").json()

    def rendered(self, messages: list[dict[str, str]], **body: Any) -> str:
        status, found = self._post("/apply-template", messages=messages, **body)
        assert status == 200, found
        return found["prompt"]

    def completion(self, prompt: str) -> str:
        return self._post("/completion", prompt=prompt, n_predict=_LIMIT, temperature=0)[1].get("content", "")

    def infill(self) -> tuple[int, str]:
        status, found = self._post(
            "/infill", input_prefix="def total():\n", input_suffix="\n", n_predict=_LIMIT, temperature=0
        )
        return status, found.get("content", "")

    def observe(self, family: Family) -> Observed:
        caps = self.props()["chat_template_caps"]
        ways = ["`/infill`"] if self.infill() == (200, FILLED) else []
        if family.fim is not None:
            ways += ["raw tokens"] if self.completion(family.fim) == FILLED else []
        return Observed(
            says=", ".join(name.removeprefix("supports_") for name in _CAPS if caps[name]) or "–",
            thinks=thinks(self.chat()),
            switched_off=thinks(self.chat(**_OFF)),
            prefill=continued(
                self.chat(messages=BEGUN, **_OFF), self.rendered(BEGUN, **_OFF), self.rendered(INDENTED, **_OFF)
            ),
            infill=" ".join(ways) or "no",
            logprobs=_logprobs(self.chat(logprobs=True, top_logprobs=2)),
            schema=_schema(
                self.chat(response_format={"type": "json_schema", "json_schema": {"schema": SCHEMA}}, **_OFF)
            ),
        )


_CAPS = ("supports_tools", "supports_reasoning_effort")
_OFF: Mapping[str, Any] = {"chat_template_kwargs": {"enable_thinking": False}}
