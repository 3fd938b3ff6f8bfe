"""codeAction/resolve: writes a fix for a note that has none, with cancellable progress."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import msgspec
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcRequestCancelled

from postil.core.review.finding import Finding, Fix
from postil.core.review.quick_fixes import fix_edit, syntax_regression
from postil.core.syntax.split import unit_of
from postil.core.text.edits import apply
from postil.lsp.command_args import REQUEST_FAILED, engine_errors_answered
from postil.lsp.server import PostilServer
from postil.lsp.shapes import shaped
from postil.lsp.to_lsp import beyond, text_edit, workspace_edit
from postil.service.review.fix_writing import FixWriting

GONE = "The code has changed since this note was made: save, and choose again."


class _Note(msgspec.Struct):
    """The data of a code action that has no edit yet."""

    uri: str
    id: str


async def resolve(server: PostilServer, action: types.CodeAction) -> types.CodeAction:
    """The action with its edit. Raises JsonRpcException with a message if no valid fix is found. Other actions are
    returned unchanged."""
    note = shaped(action.data, _Note)
    if action.edit is not None or note is None:
        return action
    uri, name = note.uri, note.id
    session = server.open_session()
    document = server.open_session().documents.opened(uri)
    placed = session.findings.named(uri, name)
    if document is None or placed is None:
        raise JsonRpcException(GONE, REQUEST_FAILED)
    text, version, language = document.text, document.version, document.language
    fix = await _written(server, document.path, text, language, placed.finding)
    document = server.open_session().documents.opened(uri)
    if document is None or document.text != text:
        raise JsonRpcException(GONE, REQUEST_FAILED)

    edit = fix_edit(text, fix)
    problem = GONE if edit is None else syntax_regression(text, apply(text, [edit]), language)
    if edit is None or problem is not None:
        raise JsonRpcException(f"No fix that holds: {problem}", REQUEST_FAILED)
    change = text_edit(text, edit, server.encoding)
    confirm = action.title if beyond(change, placed.span) else ""
    action.edit = workspace_edit(uri, version, [change], server.capabilities, confirm=confirm)
    return action


async def _written(server: PostilServer, path: str, text: str, language: str, finding: Finding) -> Fix:
    """The fix, in lines of the document."""

    session = server.open_session()
    unit = await asyncio.to_thread(unit_of, text, language, finding.unit)
    persona = session.config_of(path).personas.personas.get(finding.persona)
    if unit is None or persona is None:
        raise JsonRpcException(GONE, REQUEST_FAILED)
    with engine_errors_answered():
        context = await session.reviews.context(persona, path)
        writing = FixWriting(context, unit, finding)
        if not await server.client.with_progress(f"Writing a fix for {unit.name}", writing.steps()):
            raise JsonRpcRequestCancelled
    if writing.fix is None:
        raise JsonRpcException(f"No fix that holds: {writing.why}", REQUEST_FAILED)
    return replace(writing.fix, span=writing.fix.span.shifted(unit.first_line))
