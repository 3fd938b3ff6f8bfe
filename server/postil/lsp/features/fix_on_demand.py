"""codeAction/resolve: a fix written for a note that came without one, with progress and cancel."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcRequestCancelled

from postil.lsp.command_args import REQUEST_FAILED, engine_errors_answered
from postil.lsp.from_lsp import path_of
from postil.lsp.server import PostilServer

if TYPE_CHECKING:
    from postil.core.review.finding import Finding, Fix
    from postil.core.syntax.units import Unit

GONE = "The code has changed since this note was made: save, and choose again."


async def resolve(server: PostilServer, action: types.CodeAction) -> types.CodeAction:
    """The action with its edit. Fails with a sentence where there is no fix that holds; actions of others are given
    back as they are."""
    uri, name = (_at(action.data, key) for key in ("uri", "id"))
    if action.edit is not None or not isinstance(uri, str) or not isinstance(name, str):
        return action
    session = server.open_session()
    document = server.workspace.text_documents.get(uri)
    placed = session.findings.named(uri, name)
    if document is None or placed is None:
        raise JsonRpcException(GONE, REQUEST_FAILED)
    text, version, language = document.source, document.version, document.language_id or ""
    fix = await _written(server, path_of(uri), text, language, placed.finding)
    document = server.workspace.text_documents.get(uri)
    if document is None or document.source != text:
        raise JsonRpcException(GONE, REQUEST_FAILED)

    from postil.core.review.quick_fixes import fix_edit, syntax_regression
    from postil.core.text.edits import apply
    from postil.lsp.to_lsp import beyond, text_edit, workspace_edit

    edit = fix_edit(text, fix)
    wrong = GONE if edit is None else syntax_regression(text, apply(text, [edit]), language)
    if edit is None or wrong is not None:
        raise JsonRpcException(f"No fix that holds: {wrong}", REQUEST_FAILED)
    change = text_edit(text, edit, server.encoding)
    confirm = action.title if beyond(change, placed.span) else ""
    action.edit = workspace_edit(uri, version, [change], server.capabilities, confirm=confirm)
    return action


async def _written(server: PostilServer, path: str, text: str, language: str, finding: Finding) -> Fix:
    """The fix, in lines of the document."""
    from postil.lsp.task_progress import with_progress
    from postil.service.review.fix_writing import FixWriting

    session = server.open_session()
    unit = await asyncio.to_thread(_unit, text, language, finding.unit)
    persona = session.config_of(path).personas.personas.get(finding.persona)
    if unit is None or persona is None:
        raise JsonRpcException(GONE, REQUEST_FAILED)
    with engine_errors_answered():
        context = await session.reviews.context(persona, path)
        writing = FixWriting(context, unit, finding)
        if not await with_progress(server, f"Writing a fix for {unit.name}", writing.steps()):
            raise JsonRpcRequestCancelled
    if writing.fix is None:
        raise JsonRpcException(f"No fix that holds: {writing.why}", REQUEST_FAILED)
    return replace(writing.fix, span=writing.fix.span.shifted(unit.first_line))


def _unit(text: str, language: str, digest: str) -> Unit | None:
    from postil.service.review.units import plan

    return next((unit for unit in plan(text, language) if unit.digest == digest), None)


def _at(value: Any, name: str) -> Any:
    # pygls gives objects of unknown shape as named tuples.
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)
