"""*Fix and verify* on a note of a review: the project's check is asked about the note's own fix."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from postil.core.review.quick_fixes import fix_edit
from postil.core.text.edits import apply
from postil.lsp.command_args import REQUEST_FAILED
from postil.lsp.features.verify.search import MOVED, consent, search, troubles_answered, workspace_of
from postil.lsp.server import PostilServer
from postil.lsp.to_lsp import text_edit, workspace_edit
from postil.service.checks.project import name_by_evidence, names, project_check
from postil.service.config.workspace import FolderConfig
from postil.service.documents import Document

# What a check says of a fix whose note it knows nothing of.
OPINION = "the note is a model's opinion"


def offer(
    server: PostilServer, document: Document, diagnostic: types.Diagnostic, note: str | None, title: str
) -> list[types.CodeAction]:
    """The action, where the settings name a check that may run."""
    config = server.open_session().config_of(document.path)
    may = server.capabilities.resolve_edit and config.workspace is not None and config.settings.trust_workspace
    if note is None or not may or not names(config.settings):
        return []
    data = {"verify": {"uri": document.uri, "note": note}}
    return [types.CodeAction(title, types.CodeActionKind.QuickFix, [diagnostic], data=data)]


async def resolve(
    server: PostilServer, config: FolderConfig, document: Document, action: types.CodeAction, note: str
) -> types.CodeAction:
    """The action with the note's fix as its edit, and in its title what the check says. Raises JsonRpcException."""
    session, before = server.open_session(), document.text
    placed = next((one for one in session.notes(document) if one.finding.id == note), None)
    fix = placed.finding.fix if placed is not None else None
    if placed is None or fix is None:
        raise JsonRpcException(MOVED, REQUEST_FAILED)
    fix = replace(fix, span=fix.span.shifted(placed.span.first - placed.finding.lines.first))
    edit = fix_edit(before, fix)
    if edit is None:
        raise JsonRpcException(MOVED, REQUEST_FAILED)
    persona = config.personas.personas.get(placed.finding.persona)
    name = name_by_evidence(config.settings, persona.evidence if persona is not None else ())
    with troubles_answered():
        check = project_check(config.settings, config.foreign_checks, workspace_of(config), name)
    await consent(server, check)
    looking = session.checks.note_check(check, config, Path(document.path), apply(before, [edit]), fix.span.first)
    await search(server, f"Checking the fix with {check.name}", looking.steps())
    found = looking.verdict
    if found is None or not found.holds:
        why = f"with it {found.words}" if found is not None else "it was not checked"
        raise JsonRpcException(f"No fix that holds: {why}", REQUEST_FAILED)
    if document.text != before:
        raise JsonRpcException(MOVED, REQUEST_FAILED)
    action.title = f"{action.title} ({found.words} with it; {OPINION})"
    change = text_edit(before, edit, server.encoding)
    action.edit = workspace_edit(document.uri, document.version, [change], server.capabilities, confirm=action.title)
    return action
