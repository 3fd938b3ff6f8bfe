"""Dismissals of notes, as code actions and as the command `postil.dismiss`."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from postil.core.suppression.baseline import Surroundings, dismissal
from postil.core.suppression.comments import ignore_file, ignore_here
from postil.core.text.edits import TextEdit
from postil.core.text.positions import split_lines
from postil.lsp.command_args import REQUEST_FAILED, engine_errors_answered, string_args
from postil.lsp.server import PostilServer
from postil.lsp.shapes import note_data
from postil.lsp.to_lsp import text_edit, workspace_edit
from postil.service.documents import Document
from postil.service.review.baseline import add, baseline_file, path_in
from postil.service.review.findings import Placed

DISMISS = "postil.dismiss"
IGNORE = "quickfix.postil.ignore"
WHERE = ("line", "file", "workspace")
GONE = "This note doesn't exist any more."


def actions(server: PostilServer, document: Document, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Up to three ways to dismiss each note. None is preferred, so that fixes come first."""
    found: list[types.CodeAction] = []
    files: set[str] = set()
    for diagnostic in params.context.diagnostics:
        placed = _named(server, document, note_data(diagnostic.data).id)
        if placed is None or placed.finding.streaming:
            continue
        persona = placed.finding.persona
        found += _edit(server, document, placed, "line", "Postil: ignore this note here", diagnostic)
        if persona not in files:
            files.add(persona)
            found += _edit(server, document, placed, "file", f"Postil: ignore {persona} in this file", diagnostic)
        if _may_write(server, document) is None:
            title = "Postil: ignore this note in the workspace"
            command = types.Command(title, DISMISS, arguments=[document.uri, placed.finding.id, "workspace"])
            found.append(types.CodeAction(title, IGNORE, [diagnostic], command=command))
    return found


async def dismiss(server: PostilServer, *arguments: object) -> str | None:
    """`postil.dismiss [uri, id, "line" | "file" | "workspace", reason?]`: dismiss a note (`id` is in its diagnostic's
    data) by a comment in the document or in the workspace's baseline. Returns the path of the changed file."""
    uri, name, where, reason = string_args(DISMISS, arguments, "uri", "id", "where", "reason", optional=1)
    if where not in WHERE:
        raise JsonRpcInvalidParams(f"{DISMISS}: where is one of {', '.join(WHERE)}")
    document = server.open_session().documents.opened(str(uri))
    placed = _named(server, document, name) if document is not None else None
    if document is None or placed is None:
        raise JsonRpcException(GONE, REQUEST_FAILED)
    if where == "workspace":
        return _write(server, document, placed, reason or "")
    path = document.path
    change = _change(server, document, placed, where, reason or "")
    if change is None:
        raise JsonRpcException(
            f"No comment in {path} can ignore this note: ignore it in the workspace.", REQUEST_FAILED
        )
    if not server.capabilities.apply_edit:
        raise JsonRpcException(
            f"This editor takes no edits from a server: use the code action over {path}.", REQUEST_FAILED
        )
    answer = await server.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(change, "Postil: ignore"))
    if not answer.applied:
        why = answer.failure_reason or "it gives no reason"
        raise JsonRpcException(f"The editor has not made the edit: {why}", REQUEST_FAILED)
    return path


def _named(server: PostilServer, document: Document | None, name: str | None) -> Placed | None:
    if document is None or name is None:
        return None
    return server.open_session().findings.named(document.uri, name)


def _edit(
    server: PostilServer, document: Document, placed: Placed, where: str, title: str, diagnostic: types.Diagnostic
) -> list[types.CodeAction]:
    change = _change(server, document, placed, where, "")
    if change is None:
        return []
    return [types.CodeAction(title, IGNORE, [diagnostic], edit=change)]


def _change(
    server: PostilServer, document: Document, placed: Placed, where: str, reason: str
) -> types.WorkspaceEdit | None:

    line = placed.span.first if where == "line" else None
    edit = _comment(document.text, document.language, line, placed.finding.persona, reason)
    if edit is None:
        return None
    change = text_edit(document.text, edit, server.encoding)
    return workspace_edit(document.uri, document.version, [change], server.capabilities)


@lru_cache(maxsize=16)
def _comment(text: str, language: str, line: int | None, persona: str, reason: str) -> TextEdit | None:
    """Cached, because clients request code actions at every move of the cursor over a note."""

    if line is None:
        return ignore_file(text, language, persona, reason)
    return ignore_here(text, language, line, persona, reason)


def _may_write(server: PostilServer, document: Document) -> str | None:
    """Why the baseline can't be written; None if it can."""
    config = server.open_session().config_of(document.path)
    if config.workspace is None:
        return "No folder is open: the baseline belongs to one. Ignore the note with a comment in its file."
    if not config.settings.trust_workspace:
        return "This workspace isn't trusted (trust_workspace): its baseline is neither read nor written."
    return None


def _write(server: PostilServer, document: Document, placed: Placed, reason: str) -> str:

    why = _may_write(server, document)
    folder = server.open_session().config_of(document.path).workspace
    if why is not None or folder is None:
        raise JsonRpcException(str(why), REQUEST_FAILED)
    file = baseline_file(folder)
    new = not file.exists()
    where = Surroundings(
        path_in(folder, Path(document.path)),
        document.language,
        placed.unit,
        split_lines(document.text),
        placed.span,
    )
    with engine_errors_answered():
        after = add(file, [dismissal(placed.finding, where, reason, date.today().isoformat())])
    server.open_session().dismissed(folder, after)
    if new:
        server.client.message(f"{file} keeps what is dismissed here. Commit it, and it counts for all.", error=False)
    return str(file)
