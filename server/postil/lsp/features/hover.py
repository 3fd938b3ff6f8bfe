"""textDocument/hover: a Modelfile's words, and what was explained of the function whose head is under the mouse."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lsprotocol import types

from postil.lsp.features import modelfile
from postil.lsp.from_lsp import language_of, path_of
from postil.lsp.server import PostilServer

if TYPE_CHECKING:
    from postil.core.syntax.units import Unit


async def hover(server: PostilServer, params: types.HoverParams) -> types.Hover | None:
    """Asks a model only where the setting `actions.hover` names a persona; nothing while it can't answer."""
    uri, session = params.text_document.uri, server.session
    document = server.workspace.text_documents.get(uri)
    if document is None or session is None or server.modelfiles.is_open(uri):
        return modelfile.hover(server, params)
    name = session.config_of(path_of(uri)).settings.actions.hover
    if not session.explained and not name:
        return None
    text, language = document.source, language_of(document)
    unit = await asyncio.to_thread(_headed, text, language, params.position.line)
    if unit is None:
        return None
    said = session.explained.get((language, unit.text))
    if said is None and name:
        said = await _explained(server, name, uri, unit)
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, said)) if said is not None else None


def _headed(text: str, language: str, line: int) -> Unit | None:
    """The function whose head a line belongs to."""
    from postil.core.syntax.split import split_units

    for unit in split_units(text, language):
        if unit.first_line <= line < unit.first_line + max(unit.head_lines, 1):
            return unit if unit.kind in ("function", "method", "class-head") else None
    return None


async def _explained(server: PostilServer, name: str, uri: str, unit: Unit) -> str | None:
    from contextlib import aclosing

    from postil.core.actions.request import Subject
    from postil.core.review.finding import Span
    from postil.core.text.markdown import inert, literal
    from postil.engine.base import EngineError
    from postil.lsp.features.text_document import refused
    from postil.service.actions.run import ActionRun

    session = server.open_session()
    path = path_of(uri)
    persona = session.config_of(path).personas.personas.get(name)
    if persona is None or persona.does != "show" or persona.asks:
        session.reporter.tell_once(f"There is no action persona called {name!r} that shows its answer (actions.hover).")
        return None
    if refused(server, server.workspace.text_documents[uri]) is not None:
        return None
    subject = Subject(unit.name, unit.language, Span(unit.first_line, unit.last_line), unit.text)
    try:
        run = ActionRun(await session.reviews.context(persona, path), subject)
        async with aclosing(run.steps()) as steps:
            async for _ in steps:
                pass
    except EngineError as error:
        if session.reporter.failed(error):
            server.tell(str(error))
        return None
    if run.why:
        return None
    session.explain(
        unit.language, unit.text, f"**{literal(f'{persona.title}: {unit.name}')}**\n\n{inert(run.answer).strip()}"
    )
    return session.explained[unit.language, unit.text]
