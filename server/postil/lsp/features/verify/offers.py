"""The code actions on diagnostics that can be asked again: the fix that was verified, "fix and verify", "explain"."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from postil.core.text.edits import minimal
from postil.core.text.plain import one_line
from postil.core.verify.findings.tools import tool_of_source
from postil.lsp.features.persona_actions import ACTION
from postil.lsp.server import PostilServer
from postil.lsp.shapes import note_data
from postil.lsp.to_lsp import quick_fix, text_edit
from postil.service.config.workspace import FolderConfig
from postil.service.documents import Document

FIX = "Postil: fix and verify"
EXPLAIN = "Postil: explain this diagnostic"
# A child of quickfix, so that editors offer it on the diagnostic, and that it isn't taken for a fix.
EXPLAIN_KIND = "quickfix.postil.explain"
EXPLAINER = "explain"
# A diagnostic's words go into a prompt: longer ones are cut.
QUOTED = 300


def actions(
    server: PostilServer, document: Document, diagnostics: Sequence[types.Diagnostic]
) -> list[types.CodeAction]:
    """For each diagnostic what can be done about it with a proof. Nothing is asked or run for that."""
    session = server.open_session()
    if session.refusal(document) is not None:
        return []
    config = session.config_of(document.path)
    found: list[types.CodeAction] = []
    for diagnostic in diagnostics:
        is_test = note_data(diagnostic.data).check is not None and (diagnostic.source or "").startswith("postil")
        found += (_of_check if is_test else _of_tool)(server, document, config, diagnostic)
    return found


def _of_check(
    server: PostilServer, document: Document, config: FolderConfig, diagnostic: types.Diagnostic
) -> list[types.CodeAction]:
    session, data = server.open_session(), note_data(diagnostic.data)
    note = session.checks.notes.named(data.id or "")
    if note is None:
        return []
    edit = note.edit
    if edit is not None and document.text == edit.before and (change := minimal(edit.before, edit.after)) is not None:
        title = f"Postil: apply the fix ({edit.words})"
        made = text_edit(document.text, change, server.encoding)
        return [quick_fix(title, document.uri, document.version, diagnostic, made, server.capabilities)]
    return _on_demand(server, config, diagnostic, {"uri": document.uri, "check": note.check, "test": note.test})


def _of_tool(
    server: PostilServer, document: Document, config: FolderConfig, diagnostic: types.Diagnostic
) -> list[types.CodeAction]:
    found: list[types.CodeAction] = []
    if tool_of_source(diagnostic.source or "") is not None:
        target: dict[str, str | int] = {
            "uri": document.uri,
            "source": diagnostic.source or "",
            "rule": str(diagnostic.code if diagnostic.code is not None else ""),
            "message": diagnostic.message,
            "line": diagnostic.range.start.line,
        }
        found += _on_demand(server, config, diagnostic, target)
    if EXPLAINER in config.personas.personas:
        asked = (
            f"{one_line(diagnostic.source or 'A tool')} says of line {diagnostic.range.start.line + 1}:"
            f' "{one_line(diagnostic.message)[:QUOTED]}" Explain what is meant, and whether it is right.'
        )
        # An empty range is the function around it: the model has to see all of that to explain a line.
        place = types.Range(diagnostic.range.start, diagnostic.range.start)
        command = types.Command(EXPLAIN, ACTION, arguments=[EXPLAINER, document.uri, place, asked])
        found.append(types.CodeAction(EXPLAIN, EXPLAIN_KIND, [diagnostic], command=command))
    return found


def _on_demand(
    server: PostilServer, config: FolderConfig, diagnostic: types.Diagnostic, target: dict[str, str | int]
) -> list[types.CodeAction]:
    """The action that looks for a fix when it is chosen."""
    if not server.capabilities.resolve_edit or config.workspace is None or not config.settings.trust_workspace:
        return []
    return [types.CodeAction(FIX, types.CodeActionKind.QuickFix, [diagnostic], data={"verify": target})]
