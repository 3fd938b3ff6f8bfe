"""textDocument/codeAction: the fix that travels with a note, all of a file's fixes at once, and "not here"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from lsprotocol import types

from postil.core.review.finding import Fix
from postil.core.review.quick_fixes import fix_all, fix_edit, syntax_regression
from postil.core.text.edits import apply
from postil.lsp.features import dismiss, persona_actions
from postil.lsp.server import PostilServer
from postil.lsp.shapes import fix_of, note_data
from postil.lsp.to_lsp import data_of, quick_fix, text_edit, workspace_edit
from postil.service.documents import Document

FIX_ALL = "source.fixAll.postil"
FIXED = "postil.fixed"


def code_action(server: PostilServer, document: Document, params: types.CodeActionParams) -> list[types.CodeAction]:
    """A fix for each of our diagnostics whose original lines are unchanged, if the file still parses after it."""
    _recognise(server, document, params.context.diagnostics)
    actions = _fixes(server, document, params) if wanted(types.CodeActionKind.QuickFix, params) else []
    if wanted(dismiss.IGNORE, params):
        actions += dismiss.actions(server, document, params)
    actions += [one for one in persona_actions.offers(server, document, params) if wanted(str(one.kind), params)]
    return actions + (_all_fixes(server, document) if _all_wanted(params) else [])


def _recognise(server: PostilServer, document: Document, diagnostics: Iterable[types.Diagnostic]) -> None:
    """Puts `data` into diagnostics of ours that come back without: clients that don't say `dataSupport` (Eglot 1.9) got
    none. The note is known by who says it, what, and on which line."""

    bare = [one for one in diagnostics if one.data is None and (one.source or "").startswith("postil")]
    for diagnostic in bare:
        for placed in server.open_session().notes(document):
            finding, line = placed.finding, placed.span.first
            same = (finding.persona, finding.message, line)
            if same == (_persona(diagnostic), diagnostic.message, diagnostic.range.start.line):
                diagnostic.data = data_of(placed)
                break


def wanted(kind: types.CodeActionKind | str, params: types.CodeActionParams) -> bool:
    """Whether the client asks for this kind: kinds are a tree, with dots between parent and child."""
    only = params.context.only
    name = str(getattr(kind, "value", kind))
    return not only or any(f"{name}.".startswith(f"{getattr(one, 'value', one)}.") for one in only)


def _all_wanted(params: types.CodeActionParams) -> bool:
    """A user who lets every tool fix what it can on save has hardly meant the guesses of a model: on its own account a
    client gets this one by its full name alone."""
    only = [str(getattr(one, "value", one)) for one in params.context.only or ()]
    if params.context.trigger_kind == types.CodeActionTriggerKind.Automatic:
        return any(one == FIX_ALL or one.startswith(f"{FIX_ALL}.") for one in only)
    return any(f"{FIX_ALL}.".startswith(f"{one}.") or one.startswith(f"{FIX_ALL}.") for one in only)


def _fixes(server: PostilServer, document: Document, params: types.CodeActionParams) -> list[types.CodeAction]:

    text, language = document.text, document.language
    found, without = [], []
    for diagnostic in params.context.diagnostics:
        if not (diagnostic.source or "").startswith("postil") or diagnostic.data is None:
            continue
        if (
            fix_of(diagnostic.data) is None
            and server.capabilities.resolve_edit
            and note_data(diagnostic.data).id is not None
        ):
            without.append(diagnostic)
        fix = _here(server, diagnostic)
        edit = fix_edit(text, fix) if fix is not None else None
        if fix is not None and edit is not None and _in_order(text, apply(text, [edit]), language):
            found.append((diagnostic, fix, edit))
    actions = []
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
    """The diagnostic's fix, at the lines where it belongs now: the note may have moved since the client got it."""
    fix = fix_of(diagnostic.data)
    if fix is None:
        return None
    moved = server.open_session().findings.moved(note_data(diagnostic.data).id, fix.span.first)
    if moved is None and not fix.old:
        # An insertion quotes nothing that could be compared.
        return None
    return replace(fix, span=fix.span.shifted(moved or 0))


def _persona(diagnostic: types.Diagnostic) -> str:
    return (diagnostic.source or "").removeprefix("postil (").removesuffix(")")


@lru_cache(maxsize=8)
def _in_order(before: str, after: str, language: str) -> bool:
    """Called with every move of the cursor over a note: the last answers are kept."""

    return syntax_regression(before, after, language) is None


def _all_fixes(server: PostilServer, document: Document) -> list[types.CodeAction]:
    """One action for the file, and one for each persona where several have fixes."""
    placed = [one for one in server.open_session().notes(document) if one.finding.fix is not None]
    fixes: dict[str, list[Fix]] = {}
    wide = set()
    for one in placed:
        finding = one.finding
        if finding.fix is not None and not finding.streaming:
            moved = one.span.first - finding.lines.first
            fixes.setdefault(finding.persona, []).append(replace(finding.fix, span=finding.fix.span.shifted(moved)))
            if finding.fix.span.first < finding.lines.first or finding.fix.span.last > finding.lines.last:
                wide.add(finding.persona)
    everything = [fix for of_one in fixes.values() for fix in of_one]
    actions = [_fix_all(server, document, FIX_ALL, "Postil: apply all fixes", everything, first=bool(wide))]
    if len(fixes) > 1:
        actions += [
            _fix_all(
                server, document, f"{FIX_ALL}.{name}", f"Postil: apply all fixes of {name}", of_one, first=name in wide
            )
            for name, of_one in fixes.items()
        ]
    return [action for action in actions if action is not None]


def _fix_all(
    server: PostilServer, document: Document, kind: str, title: str, fixes: Iterable[Fix], *, first: bool
) -> types.CodeAction | None:
    """`first`: one of them touches more than its note's lines, so that all are shown before they are applied."""

    text = document.text
    edits = [text_edit(text, edit, server.encoding) for edit in fix_all(text, fixes, document.language)]
    if not edits:
        return None
    confirm = title if first else ""
    change = workspace_edit(document.uri, document.version, edits, server.capabilities, confirm=confirm)
    return types.CodeAction(title=f"{title} ({len(edits)})", kind=kind, edit=change)
