"""textDocument/hover in code: the explanation that an action has written for the function under the mouse."""

from __future__ import annotations

import asyncio

from lsprotocol import types

from postil.core.syntax.split import split_units
from postil.core.syntax.units import Unit
from postil.lsp.server import PostilServer
from postil.service.documents import Document


async def hover(server: PostilServer, document: Document, params: types.HoverParams) -> types.Hover | None:
    explanations = server.open_session().explanations
    if not explanations:
        return None
    language = document.language
    unit = await asyncio.to_thread(_unit_headed_at, document.text, language, params.position.line)
    text = explanations.of(language, unit.text) if unit is not None else None
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text)) if text is not None else None


def _unit_headed_at(text: str, language: str, line: int) -> Unit | None:
    """The function or class whose head contains this line."""
    for unit in split_units(text, language):
        if unit.first_line <= line < unit.first_line + max(unit.head_lines, 1):
            return unit if unit.kind in ("function", "method", "class-head") else None
    return None
