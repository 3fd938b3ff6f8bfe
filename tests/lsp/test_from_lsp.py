"""Edits of the protocol as changes of whole lines, and URIs as paths."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

from postil.core.edits import TextEdit, apply
from postil.core.text import LineIndex, split_lines
from postil.lsp.features.documents import did_change
from postil.lsp.from_lsp import fix_of, line_edits, path_of
from postil.lsp.modelfile_problems import ModelfileProblems
from postil.lsp.server import PostilServer
from postil.service.findings_store import FindingsStore, LineEdit

TEXTS = st.text(st.sampled_from("ab \n"), max_size=20)


def changed(text: str, start: int, end: int, new: str) -> tuple[str, types.TextDocumentContentChangePartial]:
    index = LineIndex(text)
    first, last = index.position(start), index.position(end)
    place = types.Range(types.Position(first.line, first.character), types.Position(last.line, last.character))
    return apply(text, [TextEdit(start, end, new)]), types.TextDocumentContentChangePartial(place, new)


@given(TEXTS, st.data())
@settings(max_examples=500)
def test_lines_outside_an_edit_are_untouched(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    after, change = changed(text, start, end, data.draw(TEXTS))
    before, lines = split_lines(text), split_lines(after)
    (edit,) = line_edits([change], lambda: before, lambda: lines)
    last = min(edit.last, len(before))
    assert lines[: edit.first] == before[: edit.first]
    assert lines[edit.first + edit.inserted :] == before[last:]
    assert len(lines) == len(before) - (last - edit.first) + edit.inserted


@pytest.mark.parametrize(
    ("text", "start", "end", "new", "edit"),
    [
        ("a\nb\n", 1, 1, "\n    ", LineEdit(1, 1, 1)),  # Enter at the end of a line
        ("a\nb\n", 0, 0, "x\n", LineEdit(0, 0, 1)),  # a line pasted above
        ("a\nb\nc", 2, 4, "", LineEdit(1, 2, 0)),  # a line taken away
        ("abc\nd", 1, 1, "\n", LineEdit(0, 1, 2)),  # Enter inside a line
        ("abc\nd", 1, 2, "", LineEdit(0, 1, 1)),
        ("a\n  b\n", 4, 4, "x\n  ", LineEdit(1, 1, 1)),  # a line above, as Neovim sends it
        ("a\n  x\n  b\n", 4, 8, "", LineEdit(1, 2, 0)),  # the same taken back
    ],
)
def test_what_an_editor_does_touches_no_more_than_it_must(
    text: str, start: int, end: int, new: str, edit: LineEdit
) -> None:
    after, change = changed(text, start, end, new)
    assert line_edits([change], lambda: split_lines(text), lambda: split_lines(after)) == [edit]


def test_typing_does_not_look_at_the_document() -> None:
    """An edit must cost the same in a long file."""

    def never() -> list[str]:
        raise AssertionError("the document was read")

    _, change = changed("a\nb", 1, 1, "x")
    assert line_edits([change], never, never) == [LineEdit(0, 1, 1)]
    whole = types.TextDocumentContentChangeWholeDocument("new")
    (edit,) = line_edits([whole], never, never)
    assert edit.first == 0 and edit.last > 10**8


def test_an_edit_of_a_document_that_was_never_reviewed_costs_nothing() -> None:
    store = FindingsStore()
    store.open("file:///a.py")
    # No workspace: reading the document would raise.
    server = cast(
        PostilServer, SimpleNamespace(session=SimpleNamespace(findings=store), modelfiles=ModelfileProblems(print))
    )
    params = types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(2, "file:///a.py"), [])
    did_change(server, params)
    store.begin("file:///a.py")
    with pytest.raises(AttributeError):
        did_change(server, params)


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///work/a%20b.py", "/work/a b.py"),
        ("file:///C:/work/a.py", "C:/work/a.py"),
        ("file:///c%3A/work/a.py", "c:/work/a.py"),
        ("file://host/share/a.py", "//host/share/a.py"),
        ("untitled:Untitled-1", "untitled:Untitled-1"),
    ],
)
def test_paths(uri: str, path: str) -> None:
    assert path_of(uri) == path


@pytest.mark.parametrize(
    "data",
    [None, 3, {}, {"fix": None}, {"fix": {"first": True, "last": 2, "old": "", "new": ""}},
     {"fix": {"first": 3, "last": 2, "old": "", "new": ""}}, {"fix": {"first": 1, "last": 2, "old": 1, "new": ""}}],
)  # fmt: skip
def test_data_that_has_been_tampered_with_is_no_fix(data: Any) -> None:
    assert fix_of(data) is None
