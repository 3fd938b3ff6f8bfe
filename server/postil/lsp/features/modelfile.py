"""Modelfiles as a language: completion, hover, outline, formatting, and mends of the commonest mistakes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lsprotocol import types

from postil.lsp.modelfile_problems import MOST_CHARACTERS
from postil.lsp.server import PostilServer

if TYPE_CHECKING:
    from postil.lsp.rpc.documents import Document

# A menu that comes later than this is in the way.
NAMES_SECONDS = 2.0
# Each mend is tried, which costs a reading of the text.
MOST_MENDED = 20

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


def opened(server: PostilServer, uri: str) -> Document | None:
    """The document, when it is an open Modelfile of a size that is read."""
    if server.session is None or not server.modelfiles.is_open(uri):
        return None
    document = server.workspace.text_documents.get(uri)
    return document if document is not None and len(document.source) <= MOST_CHARACTERS else None


async def completion(server: PostilServer, document: Document, position: types.Position) -> types.CompletionList:
    if opened(server, document.uri) is None:
        return types.CompletionList(is_incomplete=False, items=[])
    from postil.core.modelfile.assist import candidates
    from postil.core.text.positions import from_column, split_lines, to_column

    text, encoding = document.source, server.encoding
    lines = split_lines(text)
    line = lines[position.line] if position.line < len(lines) else ""
    column = to_column(line, position.character, encoding)
    names = await _names(server) if line[:column].lstrip("\ufeff \t").upper().startswith("FROM") else ()
    items = []
    for number, one in enumerate(candidates(text, position.line, column, names)):
        place = types.Range(
            types.Position(position.line, from_column(line, one.start, encoding)),
            types.Position(position.line, from_column(line, one.end, encoding)),
        )
        item = types.CompletionItem(
            label=one.label,
            kind=_KINDS[one.kind],
            detail=one.detail or None,
            documentation=types.MarkupContent(types.MarkupKind.Markdown, one.about) if one.about else None,
            # The order of the table, which has the commonest first.
            sort_text=f"{number:03}",
            text_edit=types.TextEdit(place, one.new),
        )
        items.append(item)
    return types.CompletionList(is_incomplete=False, items=items)


async def _names(server: PostilServer) -> tuple[str, ...]:
    """The models that the engine holds and those of the catalogue; the latter alone when the engine is slow."""
    from postil.core.models.catalogue import catalogue

    session = server.open_session()
    known = tuple(model.name for model in catalogue().models)
    held: list[str] = []

    async def ask() -> None:
        held.extend(await session.engines.names(session.settings))

    # What takes longer goes on, for the next menu.
    await asyncio.wait({session.jobs.spawn(ask)}, timeout=NAMES_SECONDS)
    return tuple(dict.fromkeys((*held, *known)))


def hover(server: PostilServer, params: types.HoverParams) -> types.Hover | None:
    """What a command, parameter, header key or model means; nothing in other languages."""
    document = opened(server, params.text_document.uri)
    if document is None:
        return None
    from postil.core.modelfile import assist as modelfile_help
    from postil.core.text.positions import from_column, split_lines, to_column

    encoding, lines = server.encoding, split_lines(document.source)
    number = params.position.line
    line = lines[number] if number < len(lines) else ""
    found = modelfile_help.hover(document.source, number, to_column(line, params.position.character, encoding))
    if found is None:
        return None
    start, end = (
        types.Position(found.line, from_column(line, column, encoding)) for column in (found.start, found.end)
    )
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, found.text), types.Range(start, end))


def document_symbol(server: PostilServer, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol] | None:
    """The outline; nothing in other languages."""
    document = opened(server, params.text_document.uri)
    if document is None:
        return None
    from postil.core.modelfile.outline import symbols
    from postil.core.text.positions import from_column, split_lines

    encoding, lines = server.encoding, split_lines(document.source)
    found = []
    for one in symbols(document.source):
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


def formatting(server: PostilServer, params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
    """The usual form; nothing where that would change what is read, and in other languages."""
    document = opened(server, params.text_document.uri)
    if document is None:
        return None
    from postil.core.modelfile.outline import formatted
    from postil.core.text.edits import minimal
    from postil.lsp.to_lsp import text_edit

    text = document.source
    new = formatted(text)
    change = minimal(text, new) if new is not None else None
    return [text_edit(text, change, server.encoding)] if change is not None else []


def mends(server: PostilServer, document: Document, params: types.CodeActionParams) -> list[types.CodeAction]:
    """For each of our diagnostics that the client names; the first ones of very many."""
    if opened(server, document.uri) is None:
        return []
    from collections import Counter

    from postil.core.modelfile import fixes as modelfile_fixes
    from postil.lsp.to_lsp import quick_fix, text_edit

    text, encoding = document.source, server.encoding
    # Not by the whole range: a line that grows takes its problem's end along before the client hears of it.
    named = {(one.range.start.line, one.message): one for one in params.context.diagnostics}
    asked = {}
    for problem in server.modelfiles.of(document.uri)[0]:
        diagnostic = named.get((problem.line, problem.message))
        if diagnostic is not None and len(asked) < MOST_MENDED:
            asked[problem] = diagnostic
    model = server.open_session().status.model or _default_model()
    found = modelfile_fixes.mends(text, model, asked)
    ways = Counter(mend.problem for mend in found)
    return [
        quick_fix(
            mend.title,
            document.uri,
            document.version,
            asked[mend.problem],
            text_edit(text, mend.edit, encoding),
            server.capabilities,
            preferred=ways[mend.problem] == 1,
        )
        for mend in found
    ]


def _default_model() -> str:
    from postil.core.models.catalogue import catalogue

    return catalogue().default("review").name
