"""textDocument/hover in code: what the model says about the note under the mouse, or the explanation that an action
has written for the function."""

from __future__ import annotations

import asyncio
import logging

from lsprotocol import types

from postil.core.syntax.split import split_units, unit_of
from postil.core.syntax.units import Unit
from postil.core.text.markdown import inert
from postil.engine.base import EngineError
from postil.lsp.server import PostilServer
from postil.service.documents import Document
from postil.service.review.findings import Placed

log = logging.getLogger(__name__)


async def hover(server: PostilServer, document: Document, params: types.HoverParams) -> types.Hover | None:
    session = server.open_session()
    line = params.position.line
    placed = next((one for one in session.notes(document) if one.span.first <= line < one.span.last), None)
    text = await _reason(server, document, placed) if placed is not None else None
    if text is None and session.explanations:
        unit = await asyncio.to_thread(_unit_headed_at, document.text, document.language, line)
        text = session.explanations.of(document.language, unit.text) if unit is not None else None
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text)) if text is not None else None


async def _reason(server: PostilServer, document: Document, placed: Placed) -> str | None:
    """The model's sentence about a note, marked as such. None when there is none: the note itself is shown anyway."""
    session, finding = server.open_session(), placed.finding
    persona = session.config_of(document.path).personas.personas.get(finding.persona)
    if persona is None:
        return None
    unit = await asyncio.to_thread(unit_of, document.text, document.language, finding.unit)
    if unit is None:
        return None
    try:
        context = await session.reviews.context(persona, document.path)
        words = await session.reasons.of(context, unit, finding)
    except EngineError as error:
        log.info("no sentence about a note: %s", error)
        return None
    return f"{inert(context.model)}: “{inert(words)}”" if words else None


def _unit_headed_at(text: str, language: str, line: int) -> Unit | None:
    """The function or class whose head contains this line."""
    for unit in split_units(text, language):
        if unit.first_line <= line < unit.first_line + max(unit.head_lines, 1):
            return unit if unit.kind in ("function", "method", "class-head") else None
    return None
