"""workspace/executeCommand: the personas, and their exchange with Ollama."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from postil.lsp.command_args import engine_errors_answered, string_args
from postil.lsp.server import PostilServer
from postil.service.personas import admin
from postil.service.personas.admin import PersonaRow, persona_rows


def personas(server: PostilServer, *_: object) -> list[dict[str, Any]]:
    """`postil.personas []`: all personas that there are, and whether each is on. Where several folders have one of the
    same name, the first folder's."""

    configs = server.open_session().config
    on = {*configs.enabled(), *(config.settings.completion.persona for config in configs)}
    rows: dict[str, PersonaRow] = {}
    for config in configs:
        for row in persona_rows(config.personas, lambda persona: persona.name in on):
            rows.setdefault(row.name, row)
    return [asdict(row) for _, row in sorted(rows.items())]


async def push(server: PostilServer, *given: object) -> dict[str, Any] | None:
    """`postil.pushPersona [name, model?]`: the model's name in Ollama; None when it was cancelled."""

    session = server.open_session()
    name, model = string_args("postil.pushPersona", given, "name", "model", optional=1)
    with engine_errors_answered():
        having = (config.personas for config in session.config if name in config.personas.files)
        _, file = admin.find(next(having, session.config.home.personas), name or "")
        made = admin.push_name(name or "", model)
        whole = await server.client.with_progress(f"Pushing {made}", admin.push(session.settings, file, made))
    return {"model": made} if whole else None


async def pull(server: PostilServer, *given: object) -> dict[str, Any]:
    """`postil.pullPersona [model, name?]`: the file that was written into the user's personas, and what is to be known
    of it."""

    session = server.open_session()
    model, name = string_args("postil.pullPersona", given, "model", "name", optional=1)
    with engine_errors_answered():
        written = await admin.pull(session.settings, model or "", name)
    return {"path": str(written.path), "notes": list(written.notes)}


async def new(server: PostilServer, *given: object) -> dict[str, Any]:
    """`postil.newPersona [name, role, model]`: the file that was written into the user's personas."""

    name, role, model = string_args("postil.newPersona", given, "name", "role", "model")
    with engine_errors_answered():
        written = await asyncio.to_thread(admin.new, name or "", role or "", model or "")
    return {"path": str(written.path), "notes": list(written.notes)}


async def check(server: PostilServer, *_: object) -> list[dict[str, Any]]:
    """`postil.checkPersonas []`: what is wrong with the files as they are on the disk (0-based places)."""

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
