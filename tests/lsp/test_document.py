"""An edit of the protocol: the text after it, and which whole lines it has changed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types

from postil.core.text.edits import LineEdit, TextEdit, apply
from postil.core.text.positions import LineIndex, split_lines
from postil.lsp.sync.text_document import apply_change
from postil.service.documents import Document, Documents, split_ends

TEXTS = st.text(st.sampled_from("ab \n\r"), max_size=20)


def changed(text: str, start: int, end: int, new: str) -> tuple[Document, types.TextDocumentContentChangePartial]:
    index = LineIndex(text)
    first, last = index.position(start), index.position(end)
    place = types.Range(types.Position(first.line, first.character), types.Position(last.line, last.character))
    return Document("file:///a", text, 1), types.TextDocumentContentChangePartial(place, new)


@pytest.mark.slow
@given(TEXTS, st.data())
@settings(max_examples=500)
def test_lines_outside_an_edit_are_untouched(text: str, data: st.DataObject) -> None:
    index = LineIndex(text)
    # No position of the protocol is inside a line end.
    start = index.offset(index.position(data.draw(st.integers(0, len(text)))))
    end = max(start, index.offset(index.position(data.draw(st.integers(start, len(text))))))
    new = data.draw(TEXTS)
    document, change = changed(text, start, end, new)
    edit = apply_change(document, change, "utf-32")
    after = apply(text, [TextEdit(start, end, new)])
    assert document.text == after
    before, lines = split_lines(text), split_lines(after)
    assert document.lines == split_ends(after)
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
    assert apply_change(document, change, "utf-32") == edit


def test_typing_does_not_put_the_document_together() -> None:
    """A key must cost the same in a long file."""
    document, change = changed("a\nb" * 1000, 1, 1, "x")
    apply_change(document, change, "utf-32")
    assert document._text is None
    whole = apply_change(document, types.TextDocumentContentChangeWholeDocument("new"), "utf-32")
    assert document.text == "new" and whole.last > 10**8


def test_a_file_is_one_document_however_its_uri_is_spelled() -> None:
    documents = Documents()
    for number, uri in enumerate(("file:///c%3A/a%20b.py", "file:///a%2520b.py", "untitled:a%20b", "file:///x?1")):
        documents.open(Document(uri, f"text {number}", number, "python"))
    found = documents.opened("file:///c:/a b.py")
    assert found is not None and found.version == 0
    others = ("file:///a b.py", "untitled:a b", "file:///x?2", "file:///x")
    assert [documents.get(uri) for uri in others] == [None] * 4
    found = documents.get("file:///a%2520b.py")
    assert found is not None and found.text == "text 1"
