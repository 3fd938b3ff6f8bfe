"""What a server answers, as text of a bounded size: never more than data, whatever it says."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

import mcp_types as types

from postil.core.text.plain import one_line, plain

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class RemoteResult:
    """`failed`: the tool says so, or it couldn't be asked; then `text` says why."""

    text: str
    failed: bool = False


def result_of(result: types.CallToolResult, most: int) -> RemoteResult:
    """A tool's result. Structured content counts where there is no other."""
    parts = [_part(one) for one in result.content]
    if not any(parts) and result.structured_content is not None:
        parts = [_json(result.structured_content)]
    return RemoteResult(joined(parts, most) or "(no text)", failed=bool(result.is_error))


def prompt_of(result: types.GetPromptResult, most: int) -> RemoteResult:
    """A prompt's messages, each with its role."""
    return RemoteResult(joined((f"{one.role}: {_part(one.content)}" for one in result.messages), most))


def resource_of(result: types.ReadResourceResult, most: int) -> RemoteResult:
    """A resource's text; what is no text is described."""
    return RemoteResult(joined((_contents(one) for one in result.contents), most))


def joined(parts: Iterable[str], most: int) -> str:
    """The parts, cut in the middle where they are too long together."""
    text = plain("\n".join(part for part in parts if part))
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half:,} characters left out ...]\n{text[-half:]}"


def _part(one: types.ContentBlock) -> str:
    match one:
        case types.TextContent():
            return one.text
        case types.ImageContent():
            return f"[an image, {_told(one.mime_type)}, {_bytes(one.data)}]"
        case types.AudioContent():
            return f"[a sound, {_told(one.mime_type)}, {_bytes(one.data)}]"
        case types.ResourceLink():
            return f"[a resource: {_told(one.name)}, {_told(str(one.uri))}]"
        case types.EmbeddedResource():
            return _contents(one.resource)


def _contents(one: types.TextResourceContents | types.BlobResourceContents) -> str:
    if isinstance(one, types.TextResourceContents):
        return one.text
    return f"[data: {_told(str(one.uri))}, {_told(one.mime_type or 'of an unknown type')}, {_bytes(one.blob)}]"


def _told(text: str) -> str:
    return one_line(text)[:_SHOWN]


def _bytes(base64: str) -> str:
    return f"{len(base64) * 3 // 4:,} bytes"


def _json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, indent=1)
    except (ValueError, RecursionError):
        return "[a value that can't be written as JSON]"
