"""workspace/executeCommand: commands for personas and their exchange with Ollama."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from postil.lsp.command_args import engine_errors_answered, string_args
from postil.lsp.server import PostilServer
from postil.service.personas import admin
from postil.service.personas.admin import PersonaRow, persona_rows


def personas(server: PostilServer, *_: object) -> list[dict[str, Any]]:
    """`postil.personas []`: all personas, and whether each is enabled. If several folders have a persona of the same
    name, the first folder's is listed."""

    configs = server.open_session().config
    on = {*configs.enabled(), *(config.settings.completion.persona for config in configs)}
    rows: dict[str, PersonaRow] = {}
    for config in configs:
        for row in persona_rows(config.personas, lambda persona: persona.name in on):
            rows.setdefault(row.name, row)
    return [asdict(row) for _, row in sorted(rows.items())]


async def push(server: PostilServer, *arguments: object) -> dict[str, Any] | None:
    """`postil.pushPersona [name, model?]`: create a model from a persona. Returns its name; None if cancelled."""

    session = server.open_session()
    name, model = string_args("postil.pushPersona", arguments, "name", "model", optional=1)
    with engine_errors_answered():
        candidates = (config.personas for config in session.config if name in config.personas.files)
        _, file = admin.find(next(candidates, session.config.home.personas), name or "")
        new_name = admin.push_name(name or "", model)
        pushed = await server.client.with_progress(f"Pushing {new_name}", admin.push(session.settings, file, new_name))
    return {"model": new_name} if pushed else None


async def pull(server: PostilServer, *arguments: object) -> dict[str, Any]:
    """`postil.pullPersona [model, name?]`: save a model as a persona of the user. Returns its file and hints for the
    user."""

    session = server.open_session()
    model, name = string_args("postil.pullPersona", arguments, "model", "name", optional=1)
    with engine_errors_answered():
        written = await admin.pull(session.settings, model or "", name)
    return {"path": str(written.path), "notes": list(written.notes)}


async def new(server: PostilServer, *arguments: object) -> dict[str, Any]:
    """`postil.newPersona [name, role, model]`: create a persona of the user. Returns its file and hints."""

    name, role, model = string_args("postil.newPersona", arguments, "name", "role", "model")
    with engine_errors_answered():
        written = await asyncio.to_thread(admin.new, name or "", role or "", model or "")
    return {"path": str(written.path), "notes": list(written.notes)}


async def check(server: PostilServer, *_: object) -> list[dict[str, Any]]:
    """`postil.checkPersonas []`: the problems of personas' files on the disk, with 0-based lines and columns."""

    session = server.open_session()
    with engine_errors_answered():
        checked = await asyncio.to_thread(admin.check_places, session.settings, session.reloader.client.folders)
    return [
        {
            "path": each.source,
            "line": each.problem.line,
            "column": each.problem.column,
            "severity": each.problem.severity.name.lower(),
            "message": each.problem.message,
        }
        for each in checked.problems
    ]
