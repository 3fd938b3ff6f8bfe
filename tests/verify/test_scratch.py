"""The scratch copy: what is in it, what is linked, what is put back, and that it is gone at the end."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

import pytest
from tests.verify.fixing import copies, project, tree

from postil.core.syntax.units import Unit
from postil.core.verify.patch import Patch, difference
from postil.core.verify.verdict import Verdict
from postil.service.verify.apply import apply_changes, patched
from postil.service.verify.check import Check
from postil.service.verify.copy import scratch as module
from postil.service.verify.copy.scratch import PREFIX, scratch_copy
from postil.service.verify.events import Change, Fixed, changes_of
from postil.service.verify.found import check_of
from postil.service.verify.trouble import ApplyTrouble, CheckTrouble
from postil.service.workspace.source import Source, decode_source

FILES = {
    ".gitignore": "*.log\n.venv\nnode_modules\n",
    "a.py": "x = 1\n",
    "deep/b.py": "y = 2\n",
    "deep/gone.py": "",
    "run.sh": "#!/bin/sh\n",
}


@pytest.fixture
def top(tmp_path: Path) -> Path:
    found = project(tmp_path, FILES)
    (found / "run.sh").chmod(0o555)
    (found / "deep/gone.py").unlink()
    (found / "new.py").write_text("z = 3\n", encoding="utf-8")
    (found / "a.log").write_text("ignored", encoding="utf-8")
    (found / "link.py").symlink_to("a.py")
    (found / "far.py").symlink_to(found / "deep" / "b.py")
    (found / "__pycache__").mkdir()
    (found / "__pycache__/a.pyc").write_bytes(b"")
    return found


async def test_it_has_what_git_has_and_what_is_new(top: Path) -> None:
    before = tree(top)
    async with scratch_copy(top) as scratch:
        root = scratch.root
        names = {path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir()}
        assert names == {".gitignore", "a.py", "deep/b.py", "run.sh", "new.py", "link.py", "far.py"}
        assert root.name == top.name and copies() == [scratch.home]
        assert os.access(root / "run.sh", os.X_OK)
        # A link of the workspace leads into the copy.
        assert (root / "link.py").resolve() == root / "a.py" and (root / "far.py").resolve() == root / "deep/b.py"
        scratch.put("link.py", b"changed")
        scratch.put("run.sh", b"changed")
        assert (root / "a.py").read_bytes() == b"x = 1\n"
    assert copies() == [] and tree(top) == before


async def test_without_git_dependencies_are_left_out(tmp_path: Path) -> None:
    top = project(tmp_path, {"a.py": "", "node_modules/b/index.js": "", "target/c": ""}, git=False)
    async with scratch_copy(top) as scratch:
        assert set(scratch.stats) == {"a.py"}
        # Linked where a check needs them.
        assert (scratch.root / "node_modules/b/index.js").is_file() and not (scratch.root / "target").exists()


async def test_what_was_changed_is_put_back(top: Path) -> None:
    async with scratch_copy(top) as scratch:
        root = scratch.root
        scratch.put("a.py", b"broken")
        (root / "deep/b.py").unlink()
        (root / "new.py").unlink()
        (root / "new.py").mkdir()
        (root / "cache").write_text("stays", encoding="utf-8")
        built = (root / "a.py").stat().st_mtime_ns
        scratch.restore()
        assert (root / "a.py").read_bytes() == b"x = 1\n" and (root / "deep/b.py").read_bytes() == b"y = 2\n"
        assert (root / "new.py").read_bytes() == b"z = 3\n" and (root / "cache").is_file()
        # Newer than what was built of the change, so that nobody takes that for up to date.
        assert (root / "a.py").stat().st_mtime_ns >= built
        scratch.restore()
        scratch.put("a.py", b"broken")
        (top / "a.py").write_text("x = 11\n", encoding="utf-8")
        with pytest.raises(CheckTrouble, match=r"a\.py was changed meanwhile"):
            scratch.restore()


async def test_modules_of_node_are_linked_one_by_one(top: Path) -> None:
    modules = top / "node_modules"
    for name in ("left", "@scope/right", ".bin", ".vite"):
        (modules / name).mkdir(parents=True)
        (modules / name / "file").write_text("there", encoding="utf-8")
    # A package of the workspace itself, as npm links it.
    (modules / "own").symlink_to(Path("..") / "deep")
    before = tree(top)
    async with scratch_copy(top) as scratch:
        copied = scratch.root / "node_modules"
        assert (copied / "left/file").is_file() and (copied / "@scope/right/file").is_file()
        assert (copied / "own").resolve() == scratch.root / "deep"
        # Caches of tools are written there, and not into the user's.
        assert not (copied / ".vite").exists()
        (copied / ".vite").mkdir()
        (copied / ".vite/results").write_text("", encoding="utf-8")
    assert tree(top) == before


async def test_an_environment_is_linked(top: Path) -> None:
    (top / ".venv/bin").mkdir(parents=True)
    (top / ".venv/pyvenv.cfg").write_text("", encoding="utf-8")
    async with scratch_copy(top) as scratch:
        assert (scratch.root / ".venv").is_symlink()
    assert (top / ".venv/pyvenv.cfg").is_file()


async def test_the_copys_packages_are_first_on_the_path(tmp_path: Path) -> None:
    files = {
        "one/pyproject.toml": "",
        "one/src/a/__init__.py": "",
        "one/src/a/b/__init__.py": "",
        "one/src/a/b/c.py": "",
    }
    async with scratch_copy(project(tmp_path, files | {"tests/__init__.py": ""})) as scratch:
        roots = [Path(root).relative_to(scratch.root).as_posix() for root in scratch.roots]
    assert roots == ["one/src", "one"]


async def test_a_folder_that_is_too_large(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILES", 3)
    with pytest.raises(CheckTrouble, match="has more than"):
        async with scratch_copy(top):
            pass
    assert copies() == []


async def test_folders_that_nobody_may_write_to_are_removed(top: Path) -> None:
    async with scratch_copy(top) as scratch:
        locked = scratch.root / "locked"
        locked.mkdir()
        (locked / "file").write_text("", encoding="utf-8")
        locked.chmod(0o500)
    assert copies() == []


async def test_what_a_killed_process_left_is_removed(top: Path) -> None:
    # The number of a process that has ended.
    over = await asyncio.create_subprocess_exec("true")
    await over.wait()
    left = Path(tempfile.gettempdir()) / f"{PREFIX}{over.pid}-left"
    other = Path(tempfile.gettempdir()) / f"{PREFIX}{os.getppid()}-of-another"
    for folder in (left, other):
        folder.mkdir()
    try:
        async with scratch_copy(top):
            assert not left.exists() and other.exists()
    finally:
        other.rmdir()


# -- writing the fix


def fixed(file: Path, data: bytes, new: str) -> Fixed:
    unit = Unit("function", "f", "python", 1, 2, "é = 1")
    patch = Patch(file.name, unit, new)
    source = decode_source(data)
    assert isinstance(source, Source)
    return Fixed(patch, Verdict(True, ""), (), data, patched(data, source, patch), file, "")


@pytest.mark.parametrize(
    "data",
    [
        "a\né = 1\nb".encode(),
        b"\xef\xbb\xbf" + "a\r\né = 1\r\nb\r\n".encode(),
        "# coding: latin-1\né = 1\n".encode("latin-1"),
        "\ufeffa\né = 1\n".encode("utf-16-le"),
    ],
)
def test_a_fix_is_written_as_the_file_is(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(data)
    file.chmod(0o755)
    (tmp_path / "link.py").symlink_to(file)
    apply_changes(changes_of([fixed(tmp_path / "link.py", data, "é = 2")]))
    before, after = (
        ("é = 1".encode("utf-16-le"), "é = 2".encode("utf-16-le")) if b"\xff\xfe" in data else (b"= 1", b"= 2")
    )
    assert file.read_bytes() == data.replace(before, after)
    assert file.stat().st_mode & 0o777 == 0o755 and (tmp_path / "link.py").is_symlink()
    assert {path.name for path in tmp_path.iterdir()} == {"a.py", "link.py"}


def test_a_file_that_was_changed_meanwhile_stays(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"mine")
    with pytest.raises(ApplyTrouble, match="changed meanwhile"):
        apply_changes(changes_of([fixed(file, "a\né = 1\n".encode(), "é = 2")]))
    assert file.read_bytes() == b"mine"
    with pytest.raises(UnicodeError):
        fixed(file, "# coding: latin-1\né = 1\n".encode("latin-1"), "x = '‸'")


def test_the_check_of_the_nearest_project(tmp_path: Path) -> None:
    top = project(tmp_path, {"Makefile": "test:\n", "deep/go.mod": "", "deep/er/a.go": ""})
    assert check_of(top / "deep/er", top) == ("go test ./...", top / "deep")
    assert check_of(top, top) == ("make test", top)


async def test_what_a_candidate_wrote_is_not_there_for_the_next(top: Path) -> None:
    """One wrote the file that a test looks for, and a later one that didn't was told as verified."""
    async with scratch_copy(top) as scratch:
        root = scratch.root
        (root / "built").mkdir()
        (root / "built" / "cache").write_text("", encoding="utf-8")
        scratch.restore()
        scratch.settle()
        for path in ("out.csv", "deep/out.csv", "built/more", "new/one.txt"):
            (root / path).parent.mkdir(exist_ok=True)
            (root / path).write_text("1", encoding="utf-8")
        (root / "to_b").symlink_to(root / "deep")
        (scratch.home / "tmp" / "left").mkdir()
        scratch.restore()
        left = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
        # What is built stays, as in the user's own tree: it costs minutes.
        assert left == {*scratch.stats, "built/cache", "built/more"} - {"deep/gone.py"}
        assert list((scratch.home / "tmp").iterdir()) == [] and not (root / "to_b").is_symlink()


async def test_a_script_that_is_changed_can_still_be_started(top: Path) -> None:
    async with scratch_copy(top) as scratch:
        scratch.put("run.sh", b"#!/bin/sh\nexit 0\n")
        assert os.access(scratch.root / "run.sh", os.X_OK)
        scratch.put("made.sh", b"")
        assert not os.access(scratch.root / "made.sh", os.X_OK)
    async with scratch_copy(top, {"run.sh": b"#!/bin/sh\nexit 0\n"}) as scratch:
        assert os.access(scratch.root / "run.sh", os.X_OK | os.W_OK)


async def test_a_folder_that_became_a_file_is_told(top: Path) -> None:
    async with scratch_copy(top) as scratch:
        check = Check(scratch, "rm -r deep && touch deep", ".")
        await check.run(20.0)
        with pytest.raises(CheckTrouble, match=r"the copy can't be put back: .*deep"):
            await check.run(20.0)
        with pytest.raises(CheckTrouble, match=r"the copy can't be put back: .*deep"):
            await check.settle()


def test_a_patch_is_in_the_files_encoding() -> None:
    """`git apply` looks for the lines as the file has them."""
    change = Change("a.py", Path("a.py"), b"", b"", difference("a.py", "# \u00e9\nx\n", "# \u00e9\ny\n"), "latin-1")
    assert b"\n # \xe9\n-x\n+y\n" in change.patch_data
