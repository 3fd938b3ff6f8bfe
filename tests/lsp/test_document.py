"""An edit of the protocol: the text after it, and which whole lines it has changed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

from postil.core.text.edits import TextEdit, apply
from postil.core.text.positions import LineIndex, split_lines
from postil.lsp.rpc.documents import Document, split
from postil.service.review.findings import LineEdit

TEXTS = st.text(st.sampled_from("ab \n\r"), max_size=20)


def changed(text: str, start: int, end: int, new: str) -> tuple[Document, types.TextDocumentContentChangePartial]:
    index = LineIndex(text)
    first, last = index.position(start), index.position(end)
    place = types.Range(types.Position(first.line, first.character), types.Position(last.line, last.character))
    return Document("file:///a", text, 1, None, "utf-32"), types.TextDocumentContentChangePartial(place, new)


@given(TEXTS, st.data())
@settings(max_examples=500)
def test_lines_outside_an_edit_are_untouched(text: str, data: st.DataObject) -> None:
    index = LineIndex(text)
    # No position of the protocol is inside a line end.
    start = index.offset(index.position(data.draw(st.integers(0, len(text)))))
    end = max(start, index.offset(index.position(data.draw(st.integers(start, len(text))))))
    new = data.draw(TEXTS)
    document, change = changed(text, start, end, new)
    document.apply(change)
    after = apply(text, [TextEdit(start, end, new)])
    assert document.source == after
    before, lines = split_lines(text), split_lines(after)
    assert document.lines == split(after)
    (edit,) = document.line_edits
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
        ("a\nb\nc", 2, 4, "x\n", LineEdit(1, 2, 1)),  # a line in place of another
        ("abc\nd", 1, 1, "\n", LineEdit(0, 1, 2)),  # Enter inside a line
        ("abc\nd", 1, 2, "", LineEdit(0, 1, 1)),
        ("a\n  b\n", 4, 4, "x\n  ", LineEdit(1, 1, 1)),  # a line above, as Neovim sends it
        ("a\n  x\n  b\n", 4, 8, "", LineEdit(1, 2, 0)),  # the same taken back
        ("a\rb\nc", 2, 3, "", LineEdit(1, 2, 0)),  # two line ends become one
    ],
)
def test_what_an_editor_does_touches_no_more_than_it_must(
    text: str, start: int, end: int, new: str, edit: LineEdit
) -> None:
    document, change = changed(text, start, end, new)
    document.apply(change)
    assert document.line_edits == [edit]


def test_typing_does_not_put_the_document_together() -> None:
    """A key must cost the same in a long file."""
    document, change = changed("a\nb" * 1000, 1, 1, "x")
    document.apply(change)
    assert document._source is None
    whole = types.TextDocumentContentChangeWholeDocument("new")
    document.apply(whole)
    assert document.source == "new" and document.line_edits[-1].last > 10**8


def test_a_file_is_one_document_however_its_uri_is_spelled() -> None:
    from postil.lsp.rpc.documents import Documents

    documents = Documents(None)
    for number, uri in enumerate(("file:///c%3A/a%20b.py", "file:///a%2520b.py", "untitled:a%20b", "file:///x?1")):
        documents.put_text_document(types.TextDocumentItem(uri, "python", number, f"text {number}"))
    found = documents.text_documents
    first = found.get("file:///c:/a b.py")
    assert first is not None and first.version == 0
    assert [found.get(uri) for uri in ("file:///a b.py", "untitled:a b", "file:///x?2", "file:///x")] == [None] * 4
    assert found["file:///a%2520b.py"].source == "text 1"
