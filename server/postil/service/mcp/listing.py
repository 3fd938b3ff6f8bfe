"""What a server offers, as values: its tools, prompts and resources, each cut to a bounded size."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from hashlib import sha256

import mcp_types as types
from mcp.client import Client

from postil.core.text.plain import one_line
from postil.service.mcp.config import ServerConfig
from postil.service.mcp.limits import Limits

_MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class RemoteTool:
    """A tool as its server calls it. `schema`: JSON. `hints`: what the server says of it, which is shown to people and
    never believed. `digest`: of its whole definition."""

    name: str
    description: str
    schema: str
    digest: str
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RemotePrompt:
    name: str
    description: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RemoteResource:
    uri: str
    name: str
    description: str = ""
    mime: str = ""


@dataclass(frozen=True, slots=True)
class Tools:
    """`left_out`: sentences about those that aren't offered though the user chose them."""

    tools: tuple[RemoteTool, ...]
    left_out: tuple[str, ...] = ()


async def list_tools(client: Client, config: ServerConfig, limits: Limits) -> Tools:
    """The tools that the user chose. Raises what the package raises."""
    if client.server_capabilities.tools is None:
        return Tools(())
    found: dict[str, RemoteTool] = {}
    left_out: list[str] = []
    cursor: str | None = None
    for _ in range(limits.pages):
        page = await client.list_tools(cursor=cursor)
        for one in page.tools:
            if not _chosen(one.name, config.tools):
                continue
            tool = _tool(one, limits)
            if isinstance(tool, str):
                left_out.append(tool)
            elif len(found) < limits.tools:
                found.setdefault(tool.name, tool)
            else:
                left_out.append(f"only the first {limits.tools} tools are offered: choose with `tools`")
        cursor = page.next_cursor
        if cursor is None or len(found) >= limits.tools:
            break
    return Tools(tuple(found.values()), tuple(dict.fromkeys(left_out))[: limits.pages])


async def list_prompts(client: Client, limits: Limits) -> tuple[RemotePrompt, ...]:
    """Of the first page. Raises what the package raises."""
    if client.server_capabilities.prompts is None:
        return ()
    page = await client.list_prompts()
    return tuple(
        RemotePrompt(
            one_line(one.name)[:_MAX_NAME],
            one_line(one.description or "")[: limits.description_chars],
            tuple(one_line(argument.name)[:_MAX_NAME] for argument in (one.arguments or [])[: limits.pages]),
        )
        for one in page.prompts[: limits.tools]
    )


async def list_resources(client: Client, limits: Limits) -> tuple[RemoteResource, ...]:
    """Of the first page. Raises what the package raises."""
    if client.server_capabilities.resources is None:
        return ()
    page = await client.list_resources()
    return tuple(
        RemoteResource(
            str(one.uri),
            one_line(one.name)[:_MAX_NAME],
            one_line(one.description or "")[: limits.description_chars],
            one_line(one.mime_type or "")[:_MAX_NAME],
        )
        for one in page.resources[: limits.tools]
        if len(str(one.uri)) <= limits.schema_chars
    )


def _chosen(name: str, globs: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)


def _tool(one: types.Tool, limits: Limits) -> RemoteTool | str:
    """The tool, or why it isn't offered."""
    shown = one_line(one.name)[:80]
    if len(one.name) > _MAX_NAME:
        return f"{shown}…: its name is too long"
    try:
        schema = json.dumps(one.input_schema, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    except (ValueError, RecursionError):
        return f"{shown}: its schema can't be written as JSON"
    if len(schema) > limits.schema_chars:
        return f"{shown}: its schema has {len(schema):,} characters, more than a model should read"
    description = one_line(one.description or one.title or "")
    # All that a user may have read when they said yes, and what the model is told.
    whole = ascii((one.name, one.description, one.title, schema))
    return RemoteTool(
        one.name,
        description[: limits.description_chars],
        schema,
        sha256(whole.encode("ascii")).hexdigest()[:32],
        _hints(one.annotations),
    )


def _hints(said: types.ToolAnnotations | None) -> tuple[str, ...]:
    if said is None:
        return ()
    named = {
        "read only": said.read_only_hint,
        "destructive": said.destructive_hint,
        "idempotent": said.idempotent_hint,
        "open world": said.open_world_hint,
    }
    return tuple(name for name, value in named.items() if value)
