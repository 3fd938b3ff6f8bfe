"""textDocument/codeAction: the fix that travels with a note."""

from __future__ import annotations

from lsprotocol import types

from postil.lsp.features import modelfile
from postil.lsp.from_lsp import fix_of, id_of
from postil.lsp.server import PostilServer

OPTIONS = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix], resolve_provider=False)


def code_action(server: PostilServer, params: types.CodeActionParams) -> list[types.CodeAction]:
    """A fix for each of our diagnostics whose quoted code still stands."""
    only = params.context.only
    uri = params.text_document.uri
    document = server.workspace.text_documents.get(uri)
    if document is None or (
        only and not any(types.CodeActionKind.QuickFix.value.startswith(str(_value(kind))) for kind in only)
    ):
        return []
    if server.modelfiles.is_open(uri):
        return modelfile.mends(server, document, params)
    from postil.lsp.to_lsp import quick_fix

    actions = []
    for diagnostic in params.context.diagnostics:
        if (diagnostic.source or "").startswith("postil") and diagnostic.data is not None:
            edit = _edit(server, document.source, diagnostic)
            if edit is not None:
                title = "Postil: apply the fix"
                actions.append(quick_fix(title, uri, document.version, diagnostic, edit, server.abilities))
    return actions


def _value(kind: object) -> object:
    return getattr(kind, "value", kind)


def _edit(server: PostilServer, text: str, diagnostic: types.Diagnostic) -> types.TextEdit | None:
    from postil.core.edits import minimal, newline_of
    from postil.core.text import LineIndex, from_column

    fix = fix_of(diagnostic.data)
    if fix is None:
        return None
    # The note may have moved since the client got it: the store knows where it stands now.
    session = server.session
    moved = session.findings.moved(id_of(diagnostic.data), fix.span.first) if session is not None else None
    if moved is None and not fix.old:
        # An insertion quotes nothing that could be compared.
        return None
    first, last = fix.span.first + (moved or 0), fix.span.last + (moved or 0)
    lines = LineIndex(text).lines()
    if first < 0 or last > len(lines) or "\n".join(lines[first:last]) != fix.old:
        return None
    before = "\n".join(lines)
    new_lines = fix.new.split("\n") if fix.new else []
    after = "\n".join((*lines[:first], *new_lines, *lines[last:]))
    change = minimal(before, after)
    if change is None:
        return None
    # Offsets of the `\n`-joined text as positions of the document, whose line ends may differ.
    plain = LineIndex(before)
    encoding = server.encoding
    start, end = plain.position(change.start), plain.position(change.end)
    return types.TextEdit(
        types.Range(
            types.Position(start.line, from_column(lines[start.line], start.character, encoding)),
            types.Position(end.line, from_column(lines[end.line], end.character, encoding)),
        ),
        change.new.replace("\n", newline_of(text)),
    )
