"""Edits: for the version that they were made for, inside the workspace, and shown first where they touch more."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from lsprotocol import types
from tests.lsp.conftest import Play
from tests.lsp.test_actions import ABLE, CURSOR, TEXT, Editor, model
from tests.lsp.test_review import function, mend

from postil.core.review.finding import Span
from postil.lsp.capabilities import ClientCapabilities
from postil.lsp.to_lsp import beyond, quick_fix, workspace_edit
from postil.service.actions import run as actions
from postil.service.review.baseline import BaselineTrouble, add, baseline_file

SERVER = Path(__file__).resolve().parents[2] / "server" / "postil"


def edit(first: int, last: int, end: int = 0) -> types.TextEdit:
    return types.TextEdit(types.Range(types.Position(first, 0), types.Position(last, end)), "x")


@pytest.mark.parametrize(
    ("change", "more"),
    [
        (edit(4, 4, 9), False),
        (edit(4, 5, 0), False),
        (edit(4, 4, 0), False),
        (edit(3, 4), True),
        (edit(4, 5, 1), True),
        (edit(9, 9), True),
    ],
)
def test_what_touches_more_than_the_flagged_lines_is_shown_first(change: types.TextEdit, more: bool) -> None:
    assert beyond(change, Span(4, 5)) is more
    able = ClientCapabilities(document_changes=True, confirm_edits=True)
    place = types.Range(types.Position(4, 2), types.Position(4, 9))
    action = quick_fix("Fix", "file:///a.py", 7, types.Diagnostic(place, "m"), change, able)
    assert action.edit is not None and action.edit.document_changes is not None
    (made,) = action.edit.document_changes
    assert isinstance(made, types.TextDocumentEdit) and made.text_document.version == 7
    notes = action.edit.change_annotations or {}
    assert [one.needs_confirmation for one in notes.values()] == ([True] if more else [])


async def test_an_edit_carries_its_documents_version(play: Play, tmp_path: Path) -> None:
    """A client that has another version by then refuses it."""
    uri = (tmp_path / "a.py").as_uri()
    (tmp_path / "a.py").write_text(function("add"), encoding="utf-8")
    async with play([mend("add")], capabilities=ABLE) as client:
        client.open(uri, function("add"))
        client.save(uri)
        await client.reviewed()
        client.change(uri, (0, 0, 0, 0, "# one\n"))
        client.change(uri, (0, 0, 0, 0, "# two\n"))
        await client.until(lambda: client.notes(uri)[0]["range"]["start"]["line"] == 3, "the note to move")
        found = await client.actions(uri, client.notes(uri))
        found += await client.actions(uri, client.notes(uri), only=["source.fixAll.postil"])
        found += await client.actions(uri, client.notes(uri), ignoring=True)
        changes = [change for one in found if "edit" in one for change in one["edit"]["documentChanges"]]
        assert len(changes) >= 4
        assert {change["textDocument"]["version"] for change in changes} == {3}
        assert {change["textDocument"]["uri"] for change in changes} == {uri}


async def test_an_action_shows_its_edit_first(play: Play, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "a.py").write_text(TEXT, encoding="utf-8")
    rules = [{"match": {"system": "exactly as you are told"}, "echo": True, "replace": [["first + ", "first - "]]}]
    rules += [model("write-tests", "def test_add():\n    assert add(1, 2) == 3\n")]
    async with play(rules, root=work.as_uri(), capabilities=ABLE) as client:
        editor = Editor(client, work)
        for persona in ("rewrite", "write-tests"):
            editor.edits.clear()
            answer = await editor.run(persona, CURSOR)
            assert "error" not in answer, (persona, answer)
            (change,) = editor.edits
            assert change["changeAnnotations"]["postil"]["needsConfirmation"] is True
            assert all("annotationId" in one for part in change["documentChanges"] for one in part.get("edits", ()))


def test_every_edit_is_made_in_one_place_that_knows_the_version() -> None:
    """No other file makes a WorkspaceEdit, so none can forget it."""
    makers = []
    for path in SERVER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("WorkspaceEdit"):
                makers.append(path.name)
    assert set(makers) == {"to_lsp.py"}
    able = ClientCapabilities(document_changes=True)
    made = workspace_edit("file:///a.py", 3, [edit(0, 1)], able)
    assert made.document_changes is not None
    (change,) = made.document_changes
    assert isinstance(change, types.TextDocumentEdit) and change.text_document.version == 3


def test_tests_are_written_inside_the_workspace_only(tmp_path: Path) -> None:
    work, outside = tmp_path / "work", tmp_path / "outside"
    for folder in (work / "src", outside):
        folder.mkdir(parents=True)
    file = work / "src" / "a.py"
    file.write_text(TEXT, encoding="utf-8")
    (work / "tests").mkdir()
    (work / "tests" / "test_b.py").write_text("", encoding="utf-8")
    place = actions.tests_place(file, "python", work)
    assert place is not None and place.is_relative_to(work)
    # The same place, behind links that lead out: a folder, and the file itself.
    place.parent.mkdir(exist_ok=True)
    place.unlink(missing_ok=True)
    place.symlink_to(outside / "x.py")
    assert actions.tests_place(file, "python", work) is None
    place.unlink()
    assert actions.tests_place(file, "python", work) == place


def test_the_baseline_is_written_inside_the_workspace_only(tmp_path: Path) -> None:
    work, outside = tmp_path / "work", tmp_path / "outside"
    for folder in (work, outside):
        folder.mkdir()
    (work / ".postil").symlink_to(outside)
    with pytest.raises(BaselineTrouble, match="link out of the workspace"):
        add(baseline_file(work), [])
    assert list(outside.iterdir()) == []
    (work / ".postil").unlink()
    add(baseline_file(work), [])
    assert baseline_file(work).is_file()
