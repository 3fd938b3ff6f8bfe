"""workspace/executeCommand: the personas, and their exchange with Ollama."""

from __future__ import annotations

import asyncio
from typing import Any

from postil.lsp.command_args import failing, texts
from postil.lsp.server import PostilServer


def personas(server: PostilServer, *_: Any) -> list[dict[str, Any]]:
    """`postil.personas []`: all personas that there are, and whether each is on. Where several folders have one of the
    same name, the first folder's."""
    from dataclasses import asdict

    from postil.service.personas.admin import PersonaRow, persona_rows

    casts = server.open_session().casts
    on = {*casts.enabled(), *(cast.settings.completion.persona for cast in casts)}
    rows: dict[str, PersonaRow] = {}
    for cast in casts:
        for row in persona_rows(cast.personas, lambda persona: persona.name in on):
            rows.setdefault(row.name, row)
    return [asdict(row) for _, row in sorted(rows.items())]


async def push(server: PostilServer, *given: Any) -> dict[str, Any] | None:
    """`postil.pushPersona [name, model?]`: the model's name in Ollama; None when it was cancelled."""
    from postil.lsp.task_progress import followed
    from postil.service.personas import admin

    session = server.open_session()
    name, model = texts("postil.pushPersona", given, "name", "model", optional=1)
    with failing():
        having = (cast.personas for cast in session.casts if name in cast.personas.files)
        _, file = admin.find(next(having, session.casts.home.personas), name or "")
        made = admin.push_name(name or "", model)
        whole = await followed(server, f"Pushing {made}", admin.push(session.settings, file, made))
    return {"model": made} if whole else None


async def pull(server: PostilServer, *given: Any) -> dict[str, Any]:
    """`postil.pullPersona [model, name?]`: the file that was written into the user's personas, and what is to be known
    of it."""
    from postil.service.personas import admin

    session = server.open_session()
    model, name = texts("postil.pullPersona", given, "model", "name", optional=1)
    with failing():
        written = await admin.pull(session.settings, model or "", name)
    return {"path": str(written.path), "notes": list(written.notes)}


async def new(server: PostilServer, *given: Any) -> dict[str, Any]:
    """`postil.newPersona [name, role, model]`: the file that was written into the user's personas."""
    from postil.service.personas import admin

    name, role, model = texts("postil.newPersona", given, "name", "role", "model")
    with failing():
        written = await asyncio.to_thread(admin.new, name or "", role or "", model or "")
    return {"path": str(written.path), "notes": list(written.notes)}


async def check(server: PostilServer, *_: Any) -> list[dict[str, Any]]:
    """`postil.checkPersonas []`: what is wrong with the files as they are on the disk (0-based places)."""
    from postil.service.personas import admin

    session = server.open_session()
    with failing():
        checked = await asyncio.to_thread(admin.check_places, session.settings, server.given.folders)
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
