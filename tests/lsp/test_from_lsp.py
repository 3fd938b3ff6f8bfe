"""URIs as paths, what comes back from a client, and what an edit costs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from lsprotocol import types

from postil.lsp.features.text_document import did_change
from postil.lsp.from_lsp import fix_of, path_of
from postil.lsp.modelfile_problems import ModelfileProblems
from postil.lsp.server import PostilServer
from postil.service.review.findings import FindingsStore


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
