"""Which files are read, why the others are not, and in which encoding."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from postil.service.documents import Document
from postil.service.workspace.files import Selection, document_refusal, refusal, repository_root, select
from postil.service.workspace.source import Source, Unreadable, decode_source, read_source


def make(root: Path, *names: str, text: str = "x = 1\n") -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def names(selection: Selection, root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in selection.files]


def reasons(selection: Selection, root: Path) -> dict[str, str]:
    return {skip.path.relative_to(root).as_posix(): skip.reason for skip in selection.skipped}


def test_a_walk_respects_nested_ignore_files_like_git(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "b.py", "build/c.py", "src/b.py", "src/gen/d.py", "src/gen/keep.py", "src/deep/b.py")
    make(tmp_path, ".gitignore", text="b.py\n/build/\n\x00[\n")
    make(tmp_path, "src/.gitignore", text="!b.py\ngen/*\n!gen/keep.py\n")
    make(tmp_path, "src/deep/.gitignore", text="/b.py\n")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    ours = names(select([tmp_path], tmp_path), tmp_path)
    assert ours == ["a.py", "src/b.py", "src/gen/keep.py"]
    listed = subprocess.run(
        ["git", "-C", str(tmp_path), "ls-files", "--others", "--exclude-standard", "*.py"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert sorted(listed.stdout.split()) == ours


def test_ignore_files_of_parents_count_up_to_the_repository(tmp_path: Path) -> None:
    make(tmp_path, "repo/sub/a.py", "repo/sub/b.py", "repo/.git/HEAD", "repo/sub/c.py")
    make(tmp_path, ".gitignore", text="a.py\n")  # outside the repository: not its business
    make(tmp_path, "repo/.gitignore", text="b.py\n")
    make(tmp_path, "repo/.git/info/exclude", text="c.py\n")
    folder = tmp_path / "repo/sub"
    assert names(select([folder], folder), folder) == ["a.py"]
    assert repository_root(folder) == tmp_path / "repo"


def test_postilignore_and_exclude_count_even_for_named_files(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "b.py", "c.py", "old/d.py")
    make(tmp_path, ".gitignore", text="a.py\n")
    make(tmp_path, ".postilignore", text="b.py\nold/\n")
    paths = [tmp_path / name for name in ("a.py", "b.py", "c.py", "old/d.py")]
    named = select(paths, tmp_path, ["c.*"])
    assert names(named, tmp_path) == ["a.py"]  # the user asked for it
    assert reasons(named, tmp_path) == {
        "b.py": "in .postilignore",
        "c.py": "excluded by review.exclude",
        "old/d.py": "in .postilignore",
    }
    assert all(skip.named for skip in named.skipped)
    listed = select(paths, tmp_path, named=False)
    assert names(listed, tmp_path) == ["c.py"]
    assert reasons(listed, tmp_path)["a.py"] == "in .gitignore"


@pytest.mark.parametrize(
    "name",
    [
        ".env",
        ".env.local",
        "prod.env",
        "server.pem",
        "Server.KEY",
        "id_rsa",
        "id_ed25519.pub",
        ".netrc",
        ".aws/credentials",
        "home/.ssh/config",
        "terraform.tfvars",
        "credentials.json",
    ],
)
def test_secrets_are_never_read(tmp_path: Path, name: str) -> None:
    make(tmp_path, name)
    assert select([tmp_path / name], tmp_path).files == ()
    assert select([tmp_path], tmp_path).files == ()
    assert reasons(select([tmp_path / name], tmp_path), tmp_path) == {name: "may hold secrets"}


def test_a_link_does_not_smuggle_a_secret_in(tmp_path: Path) -> None:
    make(tmp_path, "id_rsa")
    (tmp_path / "innocent.py").symlink_to(tmp_path / "id_rsa")
    assert select([tmp_path / "innocent.py"], tmp_path).skipped[0].reason == "may hold secrets"


def test_examples_of_env_files_are_no_secrets(tmp_path: Path) -> None:
    make(tmp_path, ".env.example")
    assert names(select([tmp_path / ".env.example"], tmp_path), tmp_path) == [".env.example"]


def test_what_is_not_a_source_is_left_out_with_its_reason(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "README.md", "node_modules/x.js", ".venv/lib/y.py", "package-lock.json")
    (tmp_path / "data.py").write_bytes(b"x = 1\n\0")
    (tmp_path / "big.py").write_bytes(b"x = 1\n" * 20)
    selection = select([tmp_path], tmp_path, max_bytes=100)
    assert names(selection, tmp_path) == ["a.py"]
    found = reasons(selection, tmp_path)
    assert found["data.py"] == "binary"
    assert found["big.py"] == "larger than 0 kB"
    assert found["README.md"] == found["package-lock.json"] == "not code"
    assert "dependencies" in found["node_modules"] and "dependencies" in found[".venv"]
    assert names(select([tmp_path / "README.md", tmp_path / "no.py"], tmp_path), tmp_path) == ["README.md"]
    assert reasons(select([tmp_path / "no.py"], tmp_path), tmp_path) == {"no.py": "no such file"}


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs a privilege on Windows")
def test_loops_of_links_end(tmp_path: Path) -> None:
    make(tmp_path, "src/a.py")
    (tmp_path / "src/loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "src/twice.py").symlink_to(tmp_path / "src/a.py")
    (tmp_path / "src/nowhere.py").symlink_to(tmp_path / "gone")
    selection = select([tmp_path], tmp_path)
    assert names(selection, tmp_path) == ["src/a.py"]
    assert set(reasons(selection, tmp_path)) == {"src/loop", "src/twice.py", "src/nowhere.py"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    assert reasons(select([tmp_path], tmp_path), tmp_path) == {"pipe.py": "not a regular file"}


def test_a_file_counts_once(tmp_path: Path) -> None:
    make(tmp_path, "a.py")
    assert names(select([tmp_path / "a.py", tmp_path, tmp_path / "a.py"], tmp_path), tmp_path) == ["a.py"]


@pytest.mark.parametrize(
    ("data", "source"),
    [
        ("é = 1\n".encode(), Source("é = 1\n")),
        (b"", Source("")),
        (b"\xef\xbb\xbfx\r\ny\r\n", Source("x\ny\n", "utf-8", "\r\n")),
        (b"a\rb\r", Source("a\nb\n", "utf-8", "\r")),
        (b"a\r\nb\nc\n", Source("a\nb\nc\n", "utf-8", "\n")),
        (
            b"# -*- coding: latin-1 -*-\nx = '\xe9'\n",
            Source("# -*- coding: latin-1 -*-\nx = 'é'\n", "iso8859-1"),
        ),
        (
            b"#!/bin/sh\n# vim: set fileencoding=cp1252 :\n\x80",
            Source("#!/bin/sh\n# vim: set fileencoding=cp1252 :\n€", "cp1252"),
        ),
        (b"// coding: shift_jis\n\x82\xa0", Source("// coding: shift_jis\nあ", "shift_jis")),
        ("\ufeffx = 1\n".encode("utf-16-le"), Source("x = 1\n", "utf-16-le")),
        ("\ufeffx = 1\n".encode("utf-16-be"), Source("x = 1\n", "utf-16-be")),
        ("\ufeffx = 1\n".encode("utf-32-le"), Source("x = 1\n", "utf-32-le")),
        (b"x = 1\ny = 2\n# coding: latin-1\n", Source("x = 1\ny = 2\n# coding: latin-1\n")),  # too far down
    ],
)
def test_encodings(data: bytes, source: Source) -> None:
    assert decode_source(data) == source


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"x\ny = '\xe9'\n", "line 2 has a byte that doesn't fit (0xe9): the file declares no encoding"),
        (b"# coding: utf-8\n\xe9", "declares utf-8"),
        (b"# coding: klingon\n", "'klingon', which Python doesn't know"),
        (b"# coding: hex\n", "'hex', which Python doesn't know"),
        (b"\xff\xfex", "byte order mark of UTF-16-LE"),
        (b"a\0b", "binary"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, part: str) -> None:
    found = decode_source(data)
    assert isinstance(found, Unreadable)
    assert part in found.reason


def test_a_file_that_is_gone_or_grew_is_an_answer(tmp_path: Path) -> None:
    assert isinstance(read_source(tmp_path / "gone.py"), Unreadable)
    make(tmp_path, "a.py")
    assert read_source(tmp_path / "a.py", max_bytes=3) == Unreadable("larger than 0 kB")
    assert read_source(tmp_path / "a.py") == Source("x = 1\n")


@pytest.mark.parametrize(
    "uri",
    [
        "untitled:.env", "untitled:/W/.env", "vscode-remote://ssh-remote%2Bbox/W/.env", "git:/W/.env.git?x",
        "git:/W/a.py?%7B%22path%22%3A%22%2FW%2F.env%22%7D", "fugitive:///W/.git//0/.env", "file:///W/.env",
        "file:///W/%2Eenv", "vscode-vfs://github/o/r/id_rsa", "file:///W/.ENV.local", "file:///W/.env.bak",
        "untitled:/W/sub/.aws/credentials", "gitsigns:///W/.git/:0:secrets.json", "untitled://.env",
        "untitled://sub/.env", "gitsigns:///W/.git/HEAD:.npmrc%00", "file:///W/.env%20copy",
        "file:///W/secrets%20copy.yaml", "file:///W/vault (1).yml",
        "file:///W/server.key.bak2", "file:///W/secrets_old.json", "file:///W/Copy%20of%20.npmrc", "file:///W/~$.env",
        "file:///W/credentials.json.rej", "file:///W/.npmrc.r12", "file:///W/.env.local.~1~", "file:///W/%EF%BC%8Eenv",
        "vscode-remote://box/x/.streamlit/secrets.toml", "untitled:.dev.vars", "sftp://u@h/x/.cargo/credentials",
    ],
)  # fmt: skip
def test_a_secret_file_is_refused_by_its_name_before_it_exists(tmp_path: Path, uri: str) -> None:
    assert refusal(uri.replace("/W", tmp_path.as_posix()), tmp_path) == "may hold secrets"


@pytest.mark.parametrize(
    "uri",
    [
        *("git:/W/old/a.py?x", "untitled:old/a.py", "fugitive:///W/.git//0/old/a.py", "file:///W/old/a.py"),
        # Of a file elsewhere nobody knows where its own workspace begins.
        *("vscode-vfs://github/owner/name/old/a.py", "vscode-remote://ssh-remote%2Bbox/home/u/name/old/a.py"),
        *("untitled://old/a.py", "scp://host//home/u/old/a.py", "sftp://u@h/old/a.py"),
    ],
)
def test_an_ignored_file_is_refused_by_its_name_before_it_exists(tmp_path: Path, uri: str) -> None:
    make(tmp_path, ".postilignore", text="/old/\n")
    assert refusal(uri.replace("/W", tmp_path.as_posix()), tmp_path) == "in .postilignore"


@pytest.mark.parametrize(
    "name",
    ["server.pem.bak", "credentials.json~", "secrets copy.yaml", "secrets (1).json", "master.key.orig", ".env.py"],
)
def test_a_copy_of_a_secret_file_is_one(tmp_path: Path, name: str) -> None:
    make(tmp_path, name, text="x = 1\n")
    assert reasons(select([tmp_path / name], tmp_path), tmp_path)[name] == "may hold secrets"


@pytest.mark.parametrize("uri", ["jdt://contents/A.java", "output:log.py", "zipfile:///W/a.zip::a.py"])
def test_nothing_is_sent_of_a_document_whose_scheme_is_not_known(tmp_path: Path, uri: str) -> None:
    reason = refusal(uri, tmp_path)
    assert reason is not None and "doesn't know" in reason


@pytest.mark.parametrize(
    "uri", ["untitled:Untitled-1", "git:/W/a.py?x", "file:///W/new.py", "vscode-remote://wsl%2Bu/W/a.py"]
)
def test_code_is_sent_under_every_known_scheme(tmp_path: Path, uri: str) -> None:
    make(tmp_path, "a.py")
    assert refusal(uri.replace("/W", tmp_path.as_posix()), tmp_path) is None


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs a privilege on Windows")
@pytest.mark.parametrize(
    ("link", "target", "shown", "reason"),
    [
        ("a.py", "id_rsa", "a.py", "may hold secrets"),
        ("keys", ".ssh", "keys/config", "may hold secrets"),
        ("a.py", "old/b.py", "a.py", "in .postilignore"),
        ("new", "old", "new/not_saved_yet.py", "in .postilignore"),
        ("a.py", "b.ipynb", "a.py", "a notebook"),
    ],
)
def test_a_link_is_refused_for_what_it_leads_to(
    tmp_path: Path, link: str, target: str, shown: str, reason: str
) -> None:
    make(tmp_path, "id_rsa", ".ssh/config", "old/b.py", "b.ipynb", text="x = 1\n")
    make(tmp_path, ".postilignore", text="/old/\n")
    (tmp_path / link).symlink_to(tmp_path / target)
    assert reason in (refusal((tmp_path / shown).as_uri(), tmp_path) or "")
    assert reason in (refusal(f"vscode-remote://box{(tmp_path / shown).as_posix()}", tmp_path) or "")
    assert select([tmp_path / shown], tmp_path).files == ()


@pytest.mark.parametrize("uri", ["file:///" + "x" * 5000, "file:///\ud800.py", "untitled:\x00", "file:///%00.py", ""])
def test_a_name_that_no_file_can_have_is_judged_like_others(tmp_path: Path, uri: str) -> None:
    assert refusal(uri, tmp_path) is None
    assert refusal(f"{uri}/.env", tmp_path) == "may hold secrets"


NOTEBOOK = '{"cells": [{"cell_type": "code", "source": ["x = 1\\n"], "outputs": []}], "nbformat": 4}\n'


@pytest.mark.parametrize(
    "name",
    [
        "a.ipynb~",
        "a.ipynb.bak",
        "a.ipynb.orig",
        "Untitled.ipynb (1)",
        "a copy.ipynb",
        "a.ipynb.json",
        "nb.json",
        "a.py",
    ],
)
def test_a_copy_of_a_notebook_is_one_and_so_is_its_json_under_any_name(tmp_path: Path, name: str) -> None:
    make(tmp_path, name, text=NOTEBOOK)
    assert "notebook" in reasons(select([tmp_path / name], tmp_path), tmp_path)[name]
    assert "notebook" in (refusal((tmp_path / name).as_uri(), tmp_path) or "")


@pytest.mark.parametrize("uri", ["untitled:Untitled-1", "git:/w/a?x", "file:///w/not_saved_yet.json"])
def test_a_notebooks_json_is_refused_before_it_has_a_name(uri: str) -> None:
    def config_of(_: str) -> Any:
        return SimpleNamespace(workspace=None)

    assert "notebook" in (document_refusal(Document(uri, NOTEBOOK, 1), config_of) or "")
    assert document_refusal(Document(uri, '{"cells": []}\n', 1), config_of) is None


def test_a_notebook_is_not_sent_as_json_but_its_cells_are(tmp_path: Path) -> None:
    make(tmp_path, "a.ipynb", text="{}")
    assert "notebook" in (refusal((tmp_path / "a.ipynb").as_uri(), tmp_path) or "")
    assert "notebook" in (refusal("untitled:/b.IPYNB", tmp_path) or "")
    assert refusal(f"vscode-notebook-cell:{tmp_path.as_posix()}/a.ipynb#x", tmp_path) is None
    assert refusal("cell:7", tmp_path, notebook=(tmp_path / "a.ipynb").as_uri()) is None
    assert refusal("cell:7", tmp_path, notebook=(tmp_path / ".env.ipynb").as_uri()) == "may hold secrets"
    assert "doesn't know" in (refusal("cell:7", tmp_path, notebook="jdt:/a.ipynb") or "")
    assert "notebook" in reasons(select([tmp_path / "a.ipynb"], tmp_path), tmp_path)["a.ipynb"]
