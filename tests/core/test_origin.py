"""The names that a document's URI may mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.text.origin import KNOWN, origin_of
from postil.core.text.uri import path_of


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("file:///w/.env", "/w/.env"),
        ("file:///w/%2Eenv", "/w/.env"),
        ("file:///w/%252Eenv", "/w/.env"),
        ("file:///w/.env/", "/w/.env"),
        ("file:///w/.env.", "/w/.env"),
        ("file:///w/.env%20", "/w/.env"),
        ("file:///w/x/../.env", "/w/.env"),
        ("file:///c%3A/w/.env", "c:/w/.env"),
        ("file:///w/.env~", "/w/.env"),
        ("untitled:.env", ".env"),
        ("untitled:/w/.env", "/w/.env"),
        ("UNTITLED:.env", ".env"),
        ("vscode-remote://ssh-remote%2Bbox/w/.env", "/w/.env"),
        ("vscode-vfs://github/o/r/.env", "/o/r/.env"),
        ("vscode-notebook-cell:/w/a.ipynb#W0sZmlsZQ%3D%3D", "/w/a.ipynb"),
        ("git:/w/.env.git?%7B%22path%22%3A%22%2Fw%2F.env%22%2C%22ref%22%3A%22~%22%7D", "/w/.env"),
        ("git:/w/other?%7B%22path%22%3A%22%2Fw%2F.env%22%7D", "/w/.env"),
        ("fugitive:///w/.git//0/.env", "/w/.env"),
        ("fugitive:///w/.git//0123abc/src/a.py", "/w/src/a.py"),
        ("gitsigns:///w/.git/:0:.env", "/w/.env"),
        ("diffview:///w/.git/abc123/.env", "/w/.env"),
        ("scp://host/w/.env", "/w/.env"),
        ("git:HEAD:.env", ".env"),
        ("git:/w/main:src/.env", "/w/src/.env"),
        ("file:///w/.env::$DATA", "/w/.env"),
        ("file:///w/.env%3Frev=1", "/w/.env"),
        ("file:///w/.env%23x", "/w/.env"),
        ("untitled:c:/w/.env", "c:/w/.env"),
        ("output:x?path=/w/.env", "/w/.env"),
        ("/w/.env", "/w/.env"),
        ("C:\\w\\.env", "C:/w/.env"),
    ],
)
def test_a_file_is_recognised_whatever_names_it(uri: str, name: str) -> None:
    assert name in origin_of(uri).names


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("vscode-notebook-cell:/w/a.ipynb#W0sZmlsZQ%3D%3D", "/w/a.ipynb"),
        ("vscode-notebook-cell:/c%3A/w/%C3%BC%20b.ipynb#W3sZmlsZQ%3D%3D", "c:/w/ü b.ipynb"),
        ("vscode-notebook-cell://ssh-remote%2Bbox/w/a.ipynb#X", "/w/a.ipynb"),
        ("vscode-notebook-cell:Untitled-1.ipynb?jupyter-notebook#W0sdW50aXRsZWQ%3D", "Untitled-1.ipynb"),
    ],
)
def test_a_cells_path_is_its_notebooks(uri: str, path: str) -> None:
    assert path_of(uri) == path


@pytest.mark.parametrize(
    "uri", ["jdt://x/A.class", "output:extension", "zipfile:///a.zip::b.py", "x-git:/a", "http://h/a"]
)
def test_an_unknown_scheme_is_not_known(uri: str) -> None:
    assert not origin_of(uri).known


@given(st.text())
def test_any_text_has_an_origin(uri: str) -> None:
    found = origin_of(uri)
    assert found.known == (found.scheme in KNOWN)
    assert all(found.names)


@given(st.text(alphabet="abc./%25E~ ", max_size=12), st.sampled_from(sorted(KNOWN - {"file"})))
def test_a_scheme_does_not_hide_a_name(name: str, scheme: str) -> None:
    assert "w/.env" in {one.lstrip("/") for one in origin_of(f"{scheme}:/w/.env?{name}").names}
