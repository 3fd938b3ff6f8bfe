"""What happens in a conversation, as updates of the protocol."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias, cast

from acp import helpers, schema
from postil.core.agent.calls.rescue import CallReader
from postil.core.agent.events import (
    CallEnded,
    CallProgress,
    CallStarted,
    Compacted,
    ContextUsed,
    Ended,
    Event,
    FileChange,
    Notice,
    Place,
    Planned,
    Said,
    Thought,
)
from postil.core.agent.permission import PermissionRequest
from postil.core.agent.tool import ToolCall, ToolKind
from postil.core.agent.turns import Answered, Asked, Result, Summary, Turn
from postil.core.request import encodable
from postil.service.agent.session.commands import COMMANDS

Update: TypeAlias = (
    schema.UserMessageChunk
    | schema.AgentMessageChunk
    | schema.AgentThoughtChunk
    | schema.ToolCallStart
    | schema.ToolCallProgress
    | schema.AgentPlanUpdate
    | schema.UsageUpdate
    | schema.SessionInfoUpdate
)
Content: TypeAlias = schema.ContentToolCallContent | schema.FileEditToolCallContent | schema.TerminalToolCallContent

_KINDS: dict[ToolKind, schema.ToolKind] = {
    "read": "read",
    "edit": "edit",
    "check": "execute",
    "run": "execute",
    "network": "fetch",
    "mcp": "other",
}
# Of tools that only read, those that have a kind of their own.
_NAMED: dict[str, schema.ToolKind] = {
    "find": "search",
    "symbol": "search",
    "search": "search",
    "list": "search",
    "recall": "search",
    "calculate": "think",
}
_STOPS: dict[str, schema.StopReason] = {
    "cancelled": "cancelled",
    "limit": "max_turn_requests",
    "overflow": "max_tokens",
}


class Updates:
    """Of one turn. `mark` stands before the ids of calls, which are those of other conversations too."""

    def __init__(self, mark: str) -> None:
        self._mark = mark
        self._open: dict[str, ToolCall] = {}
        self.said = False

    def id_of(self, call: ToolCall) -> str:
        return f"{self._mark}-{call.id}"

    def of(self, event: Event) -> Iterator[Update]:
        match event:
            case Said(text):
                self.said = self.said or bool(text.strip())
                yield helpers.update_agent_message_text(encodable(text))
            case Thought(text):
                yield helpers.update_agent_thought_text(encodable(text))
            case Notice(text):
                yield _told(text)
            case Compacted(before, after):
                yield _told(f"The older part of this conversation was shortened: {before:,} tokens are {after:,} now.")
            case ContextUsed(used, size):
                yield schema.UsageUpdate(session_update="usage_update", used=used, size=size)
            case Planned(entries):
                yield helpers.update_plan(helpers.plan_entry(one.text, status=one.status) for one in entries)
            case CallStarted(call, kind, title, places):
                self._open[call.id] = call
                yield helpers.start_tool_call(
                    self.id_of(call),
                    encodable(title),
                    kind=kind_of(call, kind),
                    # Others wait for a yes, perhaps.
                    status="in_progress" if kind == "read" else "pending",
                    locations=locations_of(places),
                    raw_input=raw_input(call),
                )
            case CallProgress(call, text):
                yield helpers.update_tool_call(
                    self.id_of(call), status="in_progress", content=[helpers.tool_content(_text(text))]
                )
            case CallEnded(call):
                yield from self._ended(event)
            case Ended():
                yield from self.left("failed")

    def left(self, status: schema.ToolCallStatus) -> Iterator[Update]:
        """Calls that will have no end of their own: the turn was cancelled."""
        open_calls, self._open = self._open, {}
        for call in open_calls.values():
            yield helpers.update_tool_call(self.id_of(call), status=status)

    def _ended(self, event: CallEnded) -> Iterator[Update]:
        call = event.call
        if self._open.pop(call.id, None) is None:
            # A call that couldn't be made has no start.
            yield helpers.start_tool_call(
                self.id_of(call), encodable(call.name), kind="other", status="pending", raw_input=raw_input(call)
            )
        yield helpers.update_tool_call(
            self.id_of(call),
            status="failed" if event.failed else "completed",
            content=[*differences(event.changes), *([helpers.tool_content(_text(event.text))] if event.text else [])],
            locations=locations_of(event.places) if event.places else None,
        )


def stop_of(ended: Ended) -> schema.StopReason:
    return _STOPS.get(ended.reason, "end_turn")


def sentence(text: str) -> Update:
    """Of Postil's own, at the end of a turn."""
    return _told(text)


def asked(request: PermissionRequest, id: str) -> schema.ToolCallUpdate:
    """The call of a permission request, with all that the user must see."""
    content: list[Content] = [*differences(request.changes)]
    if request.argv:
        content.insert(0, helpers.tool_content(_text(_command(request.argv))))
    if request.server:
        content.insert(0, helpers.tool_content(_text(f"A tool of the MCP server {request.server}.")))
    return schema.ToolCallUpdate(
        tool_call_id=id,
        title=encodable(request.title),
        kind=kind_of(request.call, request.kind),
        status="pending",
        content=content or None,
        locations=[schema.ToolCallLocation(path=change.path) for change in request.changes] or None,
        raw_input=raw_input(request.call),
    )


def differences(changes: Iterable[FileChange]) -> Iterator[Content]:
    for change in changes:
        before = encodable(change.before) if change.before is not None else None
        yield helpers.tool_diff_content(change.path, encodable(change.after), before)


def locations_of(places: Iterable[Place]) -> list[schema.ToolCallLocation]:
    return [schema.ToolCallLocation(path=one.path, line=one.line) for one in places]


def kind_of(call: ToolCall, kind: ToolKind) -> schema.ToolKind:
    return _NAMED.get(call.name, "read") if kind == "read" else _KINDS[kind]


def raw_input(call: ToolCall) -> object:
    """The arguments as an object; what isn't one is shown as it was written."""
    try:
        found: object = json.loads(call.arguments)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return cast("dict[str, object]", found)
    return {"text": encodable(call.arguments)}


def titled(title: str) -> schema.SessionInfoUpdate:
    return schema.SessionInfoUpdate(session_update="session_info_update", title=encodable(title))


def commands() -> schema.AvailableCommandsUpdate:
    return helpers.update_available_commands(
        schema.AvailableCommand(
            name=one.name,
            description=one.description,
            input=schema.AvailableCommandInput(schema.UnstructuredCommandInput(hint=one.hint)) if one.hint else None,
        )
        for one in COMMANDS
    )


def replayed(turns: Sequence[Turn]) -> Iterator[Update]:
    """A conversation that is loaded, as the editor shows it again."""
    updates = Updates("earlier")
    number = 0
    for turn in turns:
        match turn:
            case Asked(text):
                yield helpers.update_user_message_text(encodable(text))
            case Answered(text, calls):
                # As when it was said: never a call, nor a block to search and replace.
                shown = CallReader({}, lambda: "").feed(text, last=True).text if calls else text
                if shown.strip():
                    yield helpers.update_agent_message_text(encodable(shown))
            case Summary(text):
                yield _told(f"A record of what was said before:\n\n{text}")
            case Result(call, text, title, failed):
                number += 1
                made = ToolCall(f"{number}-{call.id}", call.name, call.arguments)
                yield helpers.start_tool_call(
                    updates.id_of(made),
                    encodable(title or call.name),
                    kind=kind_of(call, "read") if call.name in _NAMED else "other",
                    status="failed" if failed else "completed",
                    content=[helpers.tool_content(_text(text))] if text else None,
                    raw_input=raw_input(call),
                )


def _told(text: str) -> schema.AgentMessageChunk:
    return helpers.update_agent_message_text(encodable(f"\n\n*Postil: {text.strip()}*\n\n"))


def _text(text: str) -> schema.TextContentBlock:
    return helpers.text_block(encodable(text))


def _command(argv: tuple[str, ...]) -> str:
    """Exactly what would run: one word is a line of a shell, several are a program and its arguments."""
    if len(argv) == 1:
        return f"```sh\n{argv[0]}\n```"
    return f"```\n{json.dumps(list(argv), ensure_ascii=False)}\n```"
