"""Which files an import may mean."""

from __future__ import annotations

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postil.core.context.analysis import imports_of
from postil.core.context.resolve import candidates, module_key
from postil.core.syntax.tree import GRAMMARS


@pytest.mark.parametrize(
    ("text", "language", "path", "among"),
    [
        ("from . import b", "python", "pkg/a.py", "pkg/b.py"),
        ("from . import b", "python", "pkg/a.py", "pkg/__init__.py"),
        ("from ..c.d import e", "python", "pkg/sub/a.py", "pkg/c/d.py"),
        ("import c.d", "python", "pkg/a.py", "*c/d.py"),
        ("from c import d", "python", "pkg/a.py", "*c/d/__init__.py"),
        ("import x from './b'", "javascript", "src/a.js", "src/b.js"),
        ("import x from '../lib/b.js'", "typescript", "src/a.ts", "lib/b.ts"),
        ("import x from '.'", "typescript", "src/a.ts", "src/index.ts"),
        ("import x from '@/lib/b'", "typescript", "src/a.ts", "*lib/b.tsx"),
        ('import "example.com/mod/pkg/sub"', "go", "cmd/main.go", "*/pkg/sub"),
        ("use crate::a::B;", "rust", "one/src/deep/c.rs", "one/src/a.rs"),
        ("use super::b::C;", "rust", "src/a/d.rs", "src/a/b.rs"),
        ("mod inner;", "rust", "src/lib.rs", "src/inner.rs"),
        ("mod inner;", "rust", "src/outer.rs", "src/outer/inner/mod.rs"),
        ("use other_crate::Thing;", "rust", "src/main.rs", "*other-crate/src/lib.rs"),
    ],
)
def test_a_file_among_the_candidates(text: str, language: str, path: str, among: str) -> None:
    found = [one for imported in imports_of(text, language) for one in candidates(imported, path, language)]
    said = {f"{'*' if one.anywhere else ''}{'/' if one.folder else ''}{one.path}" for one in found}
    assert among in said


@pytest.mark.parametrize(
    ("text", "language"),
    [('import "fmt"', "go"), ("import fs from 'node:fs'", "javascript"), ("import react from 'react'", "javascript"),
     ("from .... import x", "python"), ("import x from '../../../up'", "javascript"), ("require 'x'", "ruby")],
)  # fmt: skip
def test_what_is_surely_no_file_of_the_project(text: str, language: str) -> None:
    assert [candidates(one, "src/a.x", language) for one in imports_of(text, language)] in ([], [[]])


@pytest.mark.parametrize(
    ("path", "key"),
    [("a/b.py", "b"), ("a/b/__init__.py", "b"), ("a/index.d.ts", "a"), ("src/lib.rs", "src"), ("index.js", "index"),
     ("a/.hidden", "")],
)  # fmt: skip
def test_by_which_name_a_file_is_found(path: str, key: str) -> None:
    assert module_key(path) == key


@given(st.text("ab./:{}*@~ '\"", max_size=30), st.sampled_from([*GRAMMARS]), st.text("ab/.", min_size=1, max_size=12))
def test_no_candidate_leaves_the_project(module: str, language: str, path: str) -> None:
    texts = (
        f"import {module}",
        f"from {module} import b",
        f"import x from '{module}'",
        f'import "{module}"',
        f"use {module};",
    )
    for text in texts:
        for imported in imports_of(text, language):
            for one in candidates(imported, path.lstrip("/"), language):
                assert posixpath.normpath(posixpath.join("/project", one.path)) == f"/project/{one.path}"
