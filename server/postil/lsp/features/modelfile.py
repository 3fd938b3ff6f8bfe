"""Modelfiles as a language: completion, hover, outline, formatting, and quick fixes for common mistakes."""

from __future__ import annotations

import asyncio
from collections import Counter

from lsprotocol import types

from postil.core.modelfile import assist, fixes
from postil.core.modelfile.outline import formatted, symbols
from postil.core.models.catalogue import catalogue
from postil.core.review.finding import Problem
from postil.core.text.edits import minimal
from postil.core.text.positions import from_column, split_lines, to_column
from postil.lsp.features.code_action import wanted
from postil.lsp.server import PostilServer
from postil.lsp.to_lsp import quick_fix, text_edit
from postil.service.documents import Document

# A completion menu that opens later than this disturbs the user.
NAMES_SECONDS = 2.0
# Each quick fix is tried out, which parses the whole text.
MOST_CORRECTED = 20

_KINDS = {
    "command": types.CompletionItemKind.Keyword,
    "parameter": types.CompletionItemKind.Property,
    "key": types.CompletionItemKind.Property,
    "value": types.CompletionItemKind.Value,
    "model": types.CompletionItemKind.Module,
}
_SYMBOLS = {
    "from": types.SymbolKind.Module,
    "parameter": types.SymbolKind.Property,
    "text": types.SymbolKind.String,
    "key": types.SymbolKind.Key,
}


async def completion(server: PostilServer, document: Document, params: types.CompletionParams) -> types.CompletionList:
    position = params.position
    text, encoding = document.text, server.encoding
    lines = split_lines(text)
    line = lines[position.line] if position.line < len(lines) else ""
    column = to_column(line, position.character, encoding)
    names = await _names(server) if line[:column].lstrip("\ufeff \t").upper().startswith("FROM") else ()
    items: list[types.CompletionItem] = []
    for number, one in enumerate(assist.candidates(text, position.line, column, names)):
        place = types.Range(
            types.Position(position.line, from_column(line, one.start, encoding)),
            types.Position(position.line, from_column(line, one.end, encoding)),
        )
        item = types.CompletionItem(
            label=one.label,
            kind=_KINDS[one.kind],
            detail=one.detail or None,
            documentation=types.MarkupContent(types.MarkupKind.Markdown, one.about) if one.about else None,
            # Keep the order of the candidates: the most common first.
            sort_text=f"{number:03}",
            text_edit=types.TextEdit(place, one.new),
        )
        items.append(item)
    return types.CompletionList(is_incomplete=False, items=items)


async def _names(server: PostilServer) -> tuple[str, ...]:
    """The engine's models and the catalogue's; only the catalogue's if the engine is slow."""

    session = server.open_session()
    # A persona is somebody who answers.
    known = tuple(model.name for model in catalogue().models if model.roles != ("embed",))
    held: list[str] = []

    async def ask() -> None:
        held.extend(await session.engines.names(session.settings))

    # After the time-out the task continues, so that the next menu has the names.
    await asyncio.wait({session.jobs.spawn(ask)}, timeout=NAMES_SECONDS)
    return tuple(dict.fromkeys((*held, *known)))


def hover(server: PostilServer, document: Document, params: types.HoverParams) -> types.Hover | None:
    """The meaning of the command, parameter, header key or model at a position."""
    encoding, lines = server.encoding, split_lines(document.text)
    number = params.position.line
    line = lines[number] if number < len(lines) else ""
    found = assist.hover(document.text, number, to_column(line, params.position.character, encoding))
    if found is None:
        return None
    start, end = (
        types.Position(found.line, from_column(line, column, encoding)) for column in (found.start, found.end)
    )
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, found.text), types.Range(start, end))


def document_symbol(
    server: PostilServer, document: Document, params: types.DocumentSymbolParams
) -> list[types.DocumentSymbol] | None:
    """The outline."""
    encoding, lines = server.encoding, split_lines(document.text)
    found: list[types.DocumentSymbol] = []
    for one in symbols(document.text):
        last = min(one.last - 1, len(lines) - 1)
        name = types.Range(
            types.Position(one.first, from_column(lines[one.first], one.column, encoding)),
            types.Position(one.first, from_column(lines[one.first], one.end_column, encoding)),
        )
        whole = types.Range(
            types.Position(one.first, 0), types.Position(last, from_column(lines[last], len(lines[last]), encoding))
        )
        found.append(types.DocumentSymbol(one.name, _SYMBOLS[one.kind], whole, name, detail=one.detail))
    return found


def formatting(
    server: PostilServer, document: Document, params: types.DocumentFormattingParams
) -> list[types.TextEdit] | None:
    """The edit to the usual form; none if that would change the Modelfile's meaning."""
    text = document.text
    new = formatted(text)
    change = minimal(text, new) if new is not None else None
    return [text_edit(text, change, server.encoding)] if change is not None else []


def code_action(server: PostilServer, document: Document, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Quick fixes for the diagnostics in the request, at most MOST_CORRECTED of them."""
    if not wanted(types.CodeActionKind.QuickFix, params):
        return []
    text, encoding = document.text, server.encoding
    # Matched without the end of the range: it follows the line's length, which the client may not know yet.
    named = {(one.range.start.line, one.message): one for one in params.context.diagnostics}
    shown: dict[Problem, types.Diagnostic] = {}
    for problem in server.open_session().modelfiles.of(document.uri)[0]:
        diagnostic = named.get((problem.line, problem.message))
        if diagnostic is not None and len(shown) < MOST_CORRECTED:
            shown[problem] = diagnostic
    model = server.open_session().status.model or catalogue().default("review").name
    found = fixes.quick_fixes(text, model, shown)
    fixes_per_problem = Counter(fix.problem for fix in found)
    return [
        quick_fix(
            fix.title,
            document.uri,
            document.version,
            shown[fix.problem],
            text_edit(text, fix.edit, encoding),
            server.capabilities,
            preferred=fixes_per_problem[fix.problem] == 1,
        )
        for fix in found
    ]
