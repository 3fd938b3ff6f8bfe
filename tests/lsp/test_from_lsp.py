"""URIs as paths, what comes back from a client, and what an edit costs."""

from __future__ import annotations

from typing import Any

import pytest

from postil.core.text.uri import path_of
from postil.lsp.shapes import fix_of


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
