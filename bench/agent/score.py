"""What a conversation's events come to: its calls, what it showed, how it ended, whether it has done the task."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
from bench.agent import calls
from bench.agent.answers import problem
from bench.agent.calls import SIGNATURES, Wanted
from bench.agent.recording import Asked
from bench.agent.tasks import MendTask, Question, Task, ToolTask
from bench.agent.workspace import judged

from postil.core.agent.events import CallEnded, CallStarted, ContextUsed, Ended, Event, Notice, Said
from postil.core.agent.tool import ToolCall

# What of an answer is kept in a record.
_KEPT_CHARS = 4000
# None of our repositories has such a text, so that nobody quotes one.
_RAW = re.compile(
    r'\{\s*"(?:name|tool|tool_name|function|function_name|tool_calls?)"\s*:'
    r"|</?tool_calls?\b|</?function_calls?\b|<function=|<parameter=|\[TOOL_CALLS\]|functools\[|<\|tool|<\|python_tag"
    r"|<{5,} ?SEARCH"
)
# As the guard against loops counts: the fourth time ends the turn.
_LOOP = 4


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """A call. `wanted`: it is one that the task asks for; None where a task asks for none in particular. `false`: no
    call was needed, or there is no such tool."""

    name: str
    arguments: str
    valid: bool
    wanted: bool | None = None
    false: bool = False
    failed: bool = False


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A task done once. `key`: of the task and how it was done. `form`: of tool tasks. `raw`: texts shown that look
    like a call. `tokens`: of all requests, prompt and answer. `repeats`: the same call with the same result, at most so
    often. `silent`: it went round in circles, or beyond num_ctx, and didn't say so."""

    key: str
    task: str
    kind: str
    split: str
    form: str
    model: str
    call_form: str
    driver: str
    engine: str
    solved: bool
    why: str
    calls: tuple[Called, ...]
    raw: int
    steps: int
    tokens: int
    seconds: float
    ended: str
    ended_why: str
    repeats: int
    silent: tuple[str, ...]
    said: str


@dataclass(slots=True)
class Watched:
    """What was seen of a turn. `root`: where, with a slash; paths in arguments count without it. `ended`: "time" where
    the bench cut it off, "nothing" where no `Ended` came, "error" where it raised."""

    root: str = "/no folder/"
    calls: list[ToolCall] = field(default_factory=list[ToolCall])
    ids: set[str] = field(default_factory=set[str])
    results: list[CallEnded] = field(default_factory=list[CallEnded])
    contexts: list[ContextUsed] = field(default_factory=list[ContextUsed])
    notices: list[str] = field(default_factory=list[str])
    texts: list[str] = field(default_factory=lambda: [""])
    ended: str = "nothing"
    ended_why: str = ""
    seconds: float = 0.0

    def see(self, event: Event) -> None:
        if isinstance(event, Said):
            self.texts[-1] += event.text
        elif isinstance(event, CallStarted):
            self._call(event.call)
        elif isinstance(event, CallEnded):
            # One of no tool, or with arguments that can't be read, never starts.
            self._call(event.call)
            self.results.append(event)
        elif isinstance(event, ContextUsed):
            self.contexts.append(event)
        elif isinstance(event, Notice):
            self.notices.append(event.text)
        elif isinstance(event, Ended):
            self.ended, self.ended_why = event.reason, event.why

    def _call(self, call: ToolCall) -> None:
        if call.id not in self.ids:
            self.ids.add(call.id)
            self.calls.append(replace(call, arguments=call.arguments.replace(self.root, "")))
            self.texts.append("")

    @property
    def said(self) -> str:
        """All that was shown."""
        return "\n".join(text for text in self.texts if text.strip())

    @property
    def answer(self) -> str:
        """What was shown after the last call; all of it where that is nothing."""
        return self.texts[-1] if self.texts[-1].strip() else self.said

    @property
    def raw(self) -> int:
        return sum(len(_RAW.findall(text)) for text in self.texts)

    @property
    def repeats(self) -> int:
        result = {one.call.id: one.text for one in self.results}
        seen: dict[tuple[str, str, str], int] = {}
        for one in self.calls:
            given = calls.arguments_of(one.arguments)
            arguments = one.arguments if given is None else json.dumps(given, sort_keys=True)
            key = (one.name, arguments, result.get(one.id, ""))
            seen[key] = seen.get(key, 0) + 1
        return max(seen.values(), default=0)

    def silent(self, requests: Sequence[Asked], num_ctx: int) -> tuple[str, ...]:
        """Loops and overflows that nobody was told of."""
        found: list[str] = []
        if self.repeats >= _LOOP and self.ended != "loop":
            found.append("loop")
        beyond = any(one.used > one.size for one in self.contexts) or any(truncated(one, num_ctx) for one in requests)
        if beyond and self.ended != "overflow":
            found.append("overflow")
        return tuple(found)

    def steps(self, requests: Sequence[Asked]) -> int:
        """Requests to the model, as far as anybody tells of them."""
        return len(requests) or len(self.contexts) or len(self.calls) + 1

    def tokens(self, requests: Sequence[Asked]) -> int:
        if requests:
            return sum(one.prompt_tokens + one.output_tokens for one in requests)
        return sum(one.used for one in self.contexts)


def truncated(one: Asked, num_ctx: int) -> bool:
    """Whether the engine can't have read all that was sent."""
    return one.prompt_tokens > num_ctx or (one.sent_tokens is not None and one.prompt_tokens < one.sent_tokens)


def called(task: Task, watched: Watched) -> tuple[Called, ...]:
    """The calls, each judged by itself."""
    spec = task.spec
    failed = {one.call.id for one in watched.results if one.failed}
    wanted = [one for group in spec.calls for one in group] if isinstance(spec, ToolTask) else None
    none = isinstance(spec, ToolTask) and not spec.calls
    return tuple(
        Called(
            name=one.name,
            arguments=one.arguments[:_KEPT_CHARS],
            valid=calls.valid(one.name, one.arguments),
            wanted=None if wanted is None else any(calls.meets(one.name, one.arguments, each) for each in wanted),
            false=none or one.name not in SIGNATURES,
            failed=one.id in failed,
        )
        for one in watched.calls
    )


def why_not(task: Task, watched: Watched, folder: Path) -> str:
    """Why a task isn't solved; "" where it is."""
    spec = task.spec
    if isinstance(spec, MendTask):
        return judged(task, spec, folder).why
    if isinstance(spec, Question):
        return problem(watched.answer, spec.answer) if watched.answer.strip() else "nothing was said"
    return _tools(spec, watched)


def _tools(spec: ToolTask, watched: Watched) -> str:
    if spec.answer is not None:
        if watched.calls:
            return f"called {watched.calls[0].name}, though nothing was to be called"
        return problem(watched.answer, spec.answer) if watched.answer.strip() else "nothing was said"
    if not watched.calls:
        return "nothing was called"
    rows = watched.calls
    # One call is one call: a second guess after a wrong first one doesn't count.
    if len(spec.calls) == 1:
        rows = rows[:1]
    left = iter(rows)
    for group in spec.calls:
        if not any(_right(one, group) for one in left):
            names = " or ".join(dict.fromkeys(each.name for each in group))
            return f"the call of {names} is missing or has other arguments"
    return ""


def _right(one: ToolCall, group: Sequence[Wanted]) -> bool:
    name, arguments = one.name, one.arguments
    return calls.valid(name, arguments) and any(calls.meets(name, arguments, each) for each in group)


def kept(text: str) -> str:
    """What of a text stands in a record."""
    return text[:_KEPT_CHARS]
