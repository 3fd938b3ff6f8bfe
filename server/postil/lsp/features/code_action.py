"""textDocument/codeAction: the fix of a note, all fixes of a file at once, and dismissals of notes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from lsprotocol import types

from postil.core.review.finding import Fix
from postil.core.review.quick_fixes import fix_all, fix_edit, syntax_regression
from postil.core.text.edits import TextEdit, apply
from postil.lsp.features import dismiss, persona_actions
from postil.lsp.features.verify import note, offers
from postil.lsp.server import PostilServer
from postil.lsp.shapes import fix_of, note_data
from postil.lsp.to_lsp import data_of, quick_fix, text_edit, workspace_edit
from postil.service.documents import Document

FIX_ALL = "source.fixAll.postil"
FIXED = "postil.fixed"


def code_action(server: PostilServer, document: Document, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Fixes for Postil's diagnostics whose original lines are unchanged, if the file still parses afterwards; fixes for
    the whole file; dismissals; and personas' actions."""
    _restore_data(server, document, params.context.diagnostics)
    actions = _fixes(server, document, params) if wanted(types.CodeActionKind.QuickFix, params) else []
    if others := [one for one in params.context.diagnostics if not _of_review(one)]:
        found = offers.actions(server, document, others)
        actions += [one for one in found if wanted(one.kind or "", params)]
    if wanted(dismiss.IGNORE, params):
        actions += dismiss.actions(server, document, params)
    actions += [one for one in persona_actions.offers(server, document, params) if wanted(str(one.kind), params)]
    return actions + (_all_fixes(server, document) if _all_wanted(params) else [])


def _of_review(diagnostic: types.Diagnostic) -> bool:
    """Whether this is a note of a persona's; else it is another tool's diagnostic, or a failing test."""
    return (diagnostic.source or "").startswith("postil") and note_data(diagnostic.data).check is None


def _restore_data(server: PostilServer, document: Document, diagnostics: Iterable[types.Diagnostic]) -> None:
    """Adds `data` to Postil's diagnostics of clients without `dataSupport` (Eglot 1.9), which get none. The note is
    identified by persona, message and line."""

    without_data = [one for one in diagnostics if one.data is None and (one.source or "").startswith("postil")]
    for diagnostic in without_data:
        for placed in server.open_session().notes(document):
            finding, line = placed.finding, placed.span.first
            same = (finding.persona, finding.message, line)
            if same == (_persona(diagnostic), diagnostic.message, diagnostic.range.start.line):
                diagnostic.data = data_of(placed)
                break


def wanted(kind: types.CodeActionKind | str, params: types.CodeActionParams) -> bool:
    """Whether the client asks for this kind. Kinds form a tree: `a.b` is a child of `a`."""
    only = params.context.only
    name = str(getattr(kind, "value", kind))
    return not only or any(f"{name}.".startswith(f"{getattr(one, 'value', one)}.") for one in only)


def _all_wanted(params: types.CodeActionParams) -> bool:
    """Whether the client asks for all fixes. If it asks automatically (fix on save), only the full kind counts: a user
    who lets all linters fix files on save hardly means a model's suggestions."""
    only = [str(getattr(one, "value", one)) for one in params.context.only or ()]
    if params.context.trigger_kind == types.CodeActionTriggerKind.Automatic:
        return any(one == FIX_ALL or one.startswith(f"{FIX_ALL}.") for one in only)
    return any(f"{FIX_ALL}.".startswith(f"{one}.") or one.startswith(f"{FIX_ALL}.") for one in only)


def _fixes(server: PostilServer, document: Document, params: types.CodeActionParams) -> list[types.CodeAction]:

    text, language = document.text, document.language
    found: list[tuple[types.Diagnostic, Fix, TextEdit]] = []
    without: list[types.Diagnostic] = []
    for diagnostic in params.context.diagnostics:
        if not _of_review(diagnostic) or diagnostic.data is None:
            continue
        if (
            fix_of(diagnostic.data) is None
            and server.capabilities.resolve_edit
            and note_data(diagnostic.data).id is not None
        ):
            without.append(diagnostic)
        fix = _here(server, diagnostic)
        edit = fix_edit(text, fix) if fix is not None else None
        if fix is not None and edit is not None and _still_parses(text, apply(text, [edit]), language):
            found.append((diagnostic, fix, edit))
    actions: list[types.CodeAction] = []
    for diagnostic, fix, edit in found:
        change = text_edit(text, edit, server.encoding)
        action = quick_fix(
            "Postil: apply the fix",
            document.uri,
            document.version,
            diagnostic,
            change,
            server.capabilities,
            preferred=len(found) == 1,
        )
        lines = len(fix.new.split("\n")) if fix.new else 0
        arguments = [document.uri, _persona(diagnostic), fix.span.first, fix.span.first + lines]
        action.command = types.Command("Postil: read again", FIXED, arguments=arguments)
        actions.append(action)
        actions += note.offer(server, document, diagnostic, note_data(diagnostic.data).id, offers.FIX)
    return actions + [
        types.CodeAction(
            title="Postil: write a fix",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[diagnostic],
            data={"uri": document.uri, "id": note_data(diagnostic.data).id},
        )
        for diagnostic in without
    ]


def _here(server: PostilServer, diagnostic: types.Diagnostic) -> Fix | None:
    """The diagnostic's fix at its current lines: the note may have moved since the client received it."""
    fix = fix_of(diagnostic.data)
    if fix is None:
        return None
    moved = server.open_session().findings.moved(note_data(diagnostic.data).id, fix.span.first)
    if moved is None and not fix.old:
        # An insertion has no original lines, so its place can't be checked.
        return None
    return replace(fix, span=fix.span.shifted(moved or 0))


def _persona(diagnostic: types.Diagnostic) -> str:
    return (diagnostic.source or "").removeprefix("postil (").removesuffix(")")


@lru_cache(maxsize=8)
def _still_parses(before: str, after: str, language: str) -> bool:
    """Cached, because clients request code actions at every move of the cursor over a note."""

    return syntax_regression(before, after, language) is None


def _all_fixes(server: PostilServer, document: Document) -> list[types.CodeAction]:
    """One action for the whole file, and one for each persona if several have fixes."""
    placed = [one for one in server.open_session().notes(document) if one.finding.fix is not None]
    fixes: dict[str, list[Fix]] = {}
    wide: set[str] = set()
    for one in placed:
        finding = one.finding
        if finding.fix is not None and not finding.streaming:
            moved = one.span.first - finding.lines.first
            fixes.setdefault(finding.persona, []).append(replace(finding.fix, span=finding.fix.span.shifted(moved)))
            if finding.fix.span.first < finding.lines.first or finding.fix.span.last > finding.lines.last:
                wide.add(finding.persona)
    everything = [fix for of_persona in fixes.values() for fix in of_persona]
    actions = [_fix_all(server, document, FIX_ALL, "Postil: apply all fixes", everything, confirm=bool(wide))]
    if len(fixes) > 1:
        actions += [
            _fix_all(
                server, document, f"{FIX_ALL}.{name}", f"Postil: apply all fixes of {name}", own, confirm=name in wide
            )
            for name, own in fixes.items()
        ]
    return [action for action in actions if action is not None]


def _fix_all(
    server: PostilServer, document: Document, kind: str, title: str, fixes: Iterable[Fix], *, confirm: bool
) -> types.CodeAction | None:
    """`confirm`: one of the fixes touches more than its note's lines, so the user must confirm the edit."""

    text = document.text
    edits = [text_edit(text, edit, server.encoding) for edit in fix_all(text, fixes, document.language)]
    if not edits:
        return None
    label = title if confirm else ""
    change = workspace_edit(document.uri, document.version, edits, server.capabilities, confirm=label)
    return types.CodeAction(title=f"{title} ({len(edits)})", kind=kind, edit=change)
