"""Converts Postil's types to protocol types."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lsprotocol import types

from postil.core.change.words import untouched
from postil.core.review.finding import Problem, Severity, Span
from postil.core.text.edits import TextEdit
from postil.core.text.positions import LineIndex, PositionEncoding, from_column
from postil.lsp.capabilities import ClientCapabilities
from postil.service.checks.notes import CheckNote
from postil.service.review.document_run import Run
from postil.service.review.findings import Placed

# Shipped with the package, so that the link works offline.
DOCS = (Path(__file__).resolve().parents[1] / "data" / "notes.md").as_uri()


def diagnostic(
    placed: Placed, uri: str, lines: Sequence[str], encoding: PositionEncoding, capabilities: ClientCapabilities
) -> types.Diagnostic:
    """The diagnostic of a finding. `lines`: the document's lines, without line ends."""
    finding = placed.finding
    # An opinion about code that nobody has touched can wait.
    severity = finding.severity if placed.touched else Severity.HINT
    message = finding.message if placed.touched else finding.message + untouched(finding.language)
    related = _related(placed, uri, lines, encoding) if capabilities.related_information else None
    # A fix that only removes lines means that they are unnecessary. Editors grey them out.
    useless = finding.fix is not None and not finding.fix.new.strip() and capabilities.tag_unnecessary
    description = types.CodeDescription(href=DOCS) if capabilities.code_description else None
    return types.Diagnostic(
        range=range_of(placed.span, lines, encoding),
        message=message,
        severity=types.DiagnosticSeverity(int(severity)),
        code=finding.method,
        code_description=description,
        source=f"postil ({finding.persona})",
        tags=[types.DiagnosticTag.Unnecessary] if useless else None,
        related_information=related,
        data=data_of(placed) if capabilities.data else None,
    )


def problem_diagnostic(problem: Problem, lines: Sequence[str], encoding: PositionEncoding) -> types.Diagnostic:
    """The diagnostic of a Modelfile's problem. Without an end column it reaches to the end of the line."""
    line = lines[problem.line] if problem.line < len(lines) else ""
    end = problem.end_column if problem.end_column is not None else len(line)
    return types.Diagnostic(
        range=types.Range(
            types.Position(problem.line, from_column(line, problem.column, encoding)),
            types.Position(problem.line, from_column(line, max(end, problem.column), encoding)),
        ),
        message=problem.message,
        severity=types.DiagnosticSeverity(int(problem.severity)),
        code="modelfile",
        source="postil",
    )


def check_diagnostic(note: CheckNote, encoding: PositionEncoding, capabilities: ClientCapabilities) -> types.Diagnostic:
    """The diagnostic of a failing test. Its file may not be open, so the note brings its lines along."""
    indent = len(note.head) - len(note.head.lstrip())
    return types.Diagnostic(
        range=types.Range(
            types.Position(note.span.first, from_column(note.head, indent, encoding)),
            types.Position(note.span.last - 1, from_column(note.tail, len(note.tail), encoding)),
        ),
        message=note.message,
        severity=types.DiagnosticSeverity(int(note.severity)),
        code="check",
        code_description=types.CodeDescription(href=DOCS) if capabilities.code_description else None,
        source=f"postil ({note.check})",
        data=_check_data(note) if capabilities.data else None,
    )


def _check_data(note: CheckNote) -> dict[str, Any]:
    return {"id": note.id, "check": note.check, "test": note.test, "verified": note.edit is not None}


def beyond(change: types.TextEdit, lines: Span) -> bool:
    """Whether an edit touches more than these lines, including the last one's line end."""
    start, end = change.range.start, change.range.end
    return start.line < lines.first or (end.line, end.character) > (max(lines.last, lines.first + 1), 0)


def quick_fix(
    title: str,
    uri: str,
    version: int | None,
    diagnostic: types.Diagnostic,
    edit: types.TextEdit,
    capabilities: ClientCapabilities,
    *,
    preferred: bool = True,
) -> types.CodeAction:
    """The code action that makes one edit for one diagnostic; `preferred` if it is the only one. An edit that touches
    more than the diagnostic's lines needs confirmation."""
    lines = Span(diagnostic.range.start.line, diagnostic.range.end.line + 1)
    change = workspace_edit(uri, version, [edit], capabilities, confirm=title if beyond(edit, lines) else "")
    return types.CodeAction(
        title=title, kind=types.CodeActionKind.QuickFix, diagnostics=[diagnostic], is_preferred=preferred, edit=change
    )


def workspace_edit(
    uri: str,
    version: int | None,
    edits: Sequence[types.TextEdit],
    capabilities: ClientCapabilities,
    *,
    confirm: str = "",
    create: bool = False,
) -> types.WorkspaceEdit:
    """The edits of one document, bound to this version if the client supports that. `confirm`: a label; clients that
    can, show the edit under it and ask before they apply it. `create`: create the file if it doesn't exist."""
    if not capabilities.document_changes:
        return types.WorkspaceEdit(changes={uri: list(edits)})
    document = types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=version)
    annotations = None
    changes: list[Any] = list(edits)
    if confirm and capabilities.confirm_edits:
        annotations = {"postil": types.ChangeAnnotation(confirm, needs_confirmation=True)}
        changes = [types.AnnotatedTextEdit("postil", edit.range, edit.new_text) for edit in edits]
    made = [types.CreateFile(uri, options=types.CreateFileOptions(ignore_if_exists=True))] if create else []
    return types.WorkspaceEdit(
        document_changes=[*made, types.TextDocumentEdit(document, changes)], change_annotations=annotations
    )


def text_edit(text: str, edit: TextEdit, encoding: PositionEncoding) -> types.TextEdit:
    """An edit of a text, with offsets converted to positions."""
    index = LineIndex(text)
    start, end = index.position(edit.start), index.position(edit.end)
    return types.TextEdit(
        types.Range(
            types.Position(start.line, from_column(index.line(start.line), start.character, encoding)),
            types.Position(end.line, from_column(index.line(end.line), end.character, encoding)),
        ),
        edit.new,
    )


def _related(
    placed: Placed, uri: str, lines: Sequence[str], encoding: PositionEncoding
) -> list[types.DiagnosticRelatedInformation] | None:
    """The whole suggestion, at the lines that it would replace: it is too long for the message."""
    fix = placed.finding.fix
    if fix is None or not fix.new.strip():
        return None
    moved = placed.span.first - placed.finding.lines.first
    where = types.Location(uri, range_of(fix.span.shifted(moved), lines, encoding))
    return [types.DiagnosticRelatedInformation(where, f"Suggested:\n{fix.new}")]


def data_of(placed: Placed) -> dict[str, Any]:
    """All that a quick fix needs, so that the server keeps no state for it."""
    finding, fix = placed.finding, placed.finding.fix
    moved = placed.span.first - finding.lines.first
    return {
        "id": finding.id,
        "persona": finding.persona,
        "unit": finding.unit,
        "score": round(finding.score, 4),
        "quote": finding.quote,
        "streaming": finding.streaming,
        "standing": finding.standing,
        "touched": placed.touched,
        "fix": None
        if fix is None
        else {"first": fix.span.first + moved, "last": fix.span.last + moved, "old": fix.old, "new": fix.new},
    }


def reviewed(run: Run) -> dict[str, Any]:
    """The parameters of `postil/reviewed`, sent at the end of a run: its cost, and counts of rejected candidates."""
    return {
        "uri": run.uri,
        "units": run.total,
        "cached": run.cached,
        "failed": run.failed,
        "unread": run.not_reviewed,
        "promptTokens": run.usage.prompt_tokens,
        "cachedTokens": run.usage.cached_tokens,
        "outputTokens": run.usage.output_tokens,
        "seconds": round(time.monotonic() - run.started, 3),
        "dropped": dict(run.dropped),
        "definitionsLeftOut": run.untold,
        "notes": run.notes,
    }


def range_of(span: Span, lines: Sequence[str], encoding: PositionEncoding) -> types.Range:
    """The range of these lines, without the indentation of the first one."""
    last = min(max(span.last - 1, span.first), len(lines) - 1)
    first = min(span.first, last)
    head = lines[first]
    indent = len(head) - len(head.lstrip())
    return types.Range(
        types.Position(first, from_column(head, indent, encoding)),
        types.Position(last, from_column(lines[last], len(lines[last]), encoding)),
    )
