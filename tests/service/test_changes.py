"""Changed lines, against a real git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from postil.core.review.finding import Span
from postil.service.workspace.changes import WHOLE_FILE, Changes, NoChanges, changed_lines, staged_bytes


class Repository:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        names = {
            "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a@b",
            "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@b",
        }
        done = subprocess.run(
            ["git", "-C", str(self.folder), *arguments],
            env=os.environ | names | {"GIT_CONFIG_GLOBAL": os.devnull},
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "x")

    async def changes(self, rev: str | None = None, *, staged: bool = False) -> dict[str, list[tuple[int, int]]]:
        found = await changed_lines(self.folder, rev, staged=staged)
        assert isinstance(found, Changes)
        top = self.folder.resolve()
        return {
            file.path.resolve().relative_to(top).as_posix(): [(span.first, span.last) for span in file.spans]
            for file in found.files
        }


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "répo with space")
    made.write("a.py", "".join(f"line {n}\n" for n in range(10)))
    made.write("sub/b.py", "one\ntwo\n")
    made.commit()
    return made


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> None:
    (tmp_path / "répo with space").mkdir()


async def test_changed_added_and_deleted_lines(repository: Repository) -> None:
    lines = [f"line {n}\n" for n in range(10)]
    lines[1] = "changed\n"
    del lines[5:7]
    lines.append("+++ b/new one\n")
    lines.append("@@ -1 +1 @@\n")
    repository.write("a.py", "".join(lines))
    assert await repository.changes() == {"a.py": [(1, 2), (5, 5), (8, 10)]}


async def test_nothing_changed(repository: Repository) -> None:
    assert await repository.changes() == {}


async def test_new_files_are_new_in_all_their_lines(repository: Repository) -> None:
    repository.write(".gitignore", "ignored.py\n")
    repository.write("ignored.py", "x\n")
    repository.write('odd "näme"\t.py', "x\n")
    found = await repository.changes()
    assert set(found) == {".gitignore", 'odd "näme"\t.py'}
    assert found[".gitignore"] == [(WHOLE_FILE.first, WHOLE_FILE.last)]
    repository.git("add", "-A")
    assert await repository.changes() == {".gitignore": [(0, 1)], 'odd "näme"\t.py': [(0, 1)]}


async def test_a_renamed_file_has_only_its_changed_lines(repository: Repository) -> None:
    text = (repository.folder / "a.py").read_text(encoding="utf-8").replace("line 3", "line three")
    repository.git("mv", "a.py", "moved a.py")
    repository.write("moved a.py", text)
    repository.git("rm", "-q", "sub/b.py")
    assert await repository.changes() == {"moved a.py": [(3, 4)]}


async def test_staged_is_the_index_and_not_the_file(repository: Repository) -> None:
    path = repository.write("sub/b.py", "one\nstaged\n")
    repository.git("add", "-A")
    repository.write("sub/b.py", "not staged\nagain\nmore\n")
    repository.write("new.py", "x\n")
    assert await repository.changes(staged=True) == {"sub/b.py": [(1, 2)]}
    found = await changed_lines(repository.folder, staged=True)
    assert isinstance(found, Changes)
    assert await staged_bytes(found.top, found.files[0].path) == b"one\nstaged\n"
    assert isinstance(await staged_bytes(found.top, path.parent.resolve() / "none.py"), NoChanges)


async def test_another_revision_and_a_folder_below(repository: Repository) -> None:
    repository.write("sub/b.py", "one\n2\n")
    repository.commit()
    assert await repository.changes() == {}
    assert await repository.changes("HEAD~1") == {"sub/b.py": [(1, 2)]}
    found = await changed_lines(repository.folder / "sub", "main~1")
    assert isinstance(found, Changes)
    assert found.files[0].spans == (Span(1, 2),)


async def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    (tmp_path / "fresh").mkdir()
    fresh = Repository(tmp_path / "fresh")
    fresh.write("a.py", "x\ny\n")
    assert await fresh.changes() == {"a.py": [(WHOLE_FILE.first, WHOLE_FILE.last)]}
    fresh.git("add", "-A")
    assert await fresh.changes(staged=True) == {"a.py": [(0, 2)]}


@pytest.mark.parametrize("rev", ["nonesuch", "--output=/tmp/evil", "-h", "HEAD:a.py", "main\0x"])
async def test_a_revision_that_is_none(repository: Repository, rev: str) -> None:
    found = await changed_lines(repository.folder, rev)
    assert isinstance(found, NoChanges)
    assert "git knows no commit" in found.message


async def test_no_repository_and_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    found = await changed_lines(tmp_path)
    assert isinstance(found, NoChanges) and "is not in a git repository" in found.message
    monkeypatch.setenv("PATH", str(tmp_path))
    found = await changed_lines(tmp_path)
    assert isinstance(found, NoChanges) and "git is not installed" in found.message


async def test_user_settings_of_git_do_not_disturb(repository: Repository) -> None:
    for key, value in [
        ("color.ui", "always"),
        ("diff.noprefix", "true"),
        ("diff.external", "false"),
        ("diff.context", "9"),
    ]:
        repository.git("config", key, value)
    repository.write("sub/b.py", "one\n2\n")
    assert await repository.changes() == {"sub/b.py": [(1, 2)]}
