# ruff: noqa: ASYNC221
"""Programs: a workspace starts none, neither by git's configuration nor by a module of a name that Python looks for."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path

import pytest
from tests.lsp.conftest import Play
from tests.service.test_changes import Repository

from postil.core.request import ChatRequest, LoadOptions, Message
from postil.engine.base import EngineError
from postil.engine.embedded.engine import EmbeddedEngine
from postil.service.calibrate.history import past_fixes, quiet_functions
from postil.service.workspace.changes import Changes, changed_lines
from postil.service.workspace.head import head_text

ASK = ChatRequest("m", (Message("user", "Hello"),), load=LoadOptions(num_ctx=512))


def trap(folder: Path) -> str:
    """A program that leaves a mark and passes on what it is given."""
    file = folder / "trap.sh"
    file.write_text(f"#!/bin/sh\ntouch {folder}/PWNED\nexec cat\n", encoding="utf-8")
    file.chmod(0o755)
    return str(file)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path)
    made.write("a.py", "a = 1\n")
    made.commit()
    return made


CONFIG = {
    "fsmonitor": ["core.fsmonitor={trap}"],
    "a filter": ["filter.evil.clean={trap}", "filter.evil.required=true"],
    "a filter's process": ["filter.evil.process={trap}", "filter.evil.required=true"],
    "a filter whose name is a setting": ["filter.evil.clean={trap}", "filter.core.x=y.clean={trap}"],
    "an external diff": ["diff.external={trap}", "diff.evil.command={trap}"],
    "a textconv": ["diff.evil.textconv={trap}"],
    "hooks": ["core.hooksPath={folder}"],
    "a pager": ["core.pager={trap}", "pager.diff={trap}"],
    "an editor and ssh": ["core.editor={trap}", "core.sshCommand={trap}", "core.askPass={trap}"],
    "a promisor": ["remote.evil.url=ext::{trap}", "remote.evil.promisor=true", "protocol.ext.allow=always"],
    "an alias": ["alias.diff=!{trap}", "alias.rev-parse=!{trap}"],
}


@pytest.mark.parametrize("kind", CONFIG)
async def test_git_starts_nothing_that_a_repository_names(kind: str, repository: Repository) -> None:
    folder = repository.folder
    program = trap(folder)
    for name in ("post-index-change", "post-checkout", "fsmonitor-watchman"):
        shutil.copy(program, folder / name)
    repository.write("a.py", "a = 2\n")
    repository.write(".gitattributes", "* filter=evil diff=evil\n")
    for entry in CONFIG[kind]:
        key, _, value = entry.format(trap=program, folder=folder).partition("=")
        if kind == "a filter whose name is a setting" and "core.x" in key:
            key, value = "filter.core.x=y.clean", program
        repository.git("config", key, value)
    (folder / "PWNED").unlink(missing_ok=True)
    for staged in (False, True):
        found = await changed_lines(folder, staged=staged)
        assert isinstance(found, Changes), found
        assert staged or "a.py" in [file.path.name for file in found.files]
    assert await head_text(folder / "a.py") == "a = 1\n"
    assert not (folder / "PWNED").exists()


@pytest.mark.parametrize("kind", CONFIG)
async def test_a_calibration_starts_nothing_that_a_repository_names(kind: str, repository: Repository) -> None:
    """The symptom: `git blame` ran a textconv of the repository's own."""
    folder = repository.folder
    program = trap(folder)
    text = "def calm(a):\n" + "".join(f"    print({number})\n" for number in range(8))
    repository.write("a.py", text)
    repository.write(".gitattributes", "* filter=evil diff=evil\n")
    repository.git("add", "-A")
    repository.git("commit", "-q", "-m", "Fix what is wrong")
    for entry in CONFIG[kind]:
        key, _, value = entry.format(trap=program, folder=folder).partition("=")
        if "core.x" not in key:
            repository.git("config", key, value)
    (folder / "PWNED").unlink(missing_ok=True)
    assert [piece async for piece in past_fixes(folder)] == []
    # All of it is as old as the repository, which is a moment old.
    assert [piece async for piece in quiet_functions(folder)] == []
    assert not (folder / "PWNED").exists()


async def test_the_trap_is_one(repository: Repository) -> None:
    """The control: git itself runs it."""
    repository.write("a.py", "a = 2\n")
    repository.write(".gitattributes", "* filter=evil\n")
    repository.git("config", "filter.evil.clean", trap(repository.folder))
    repository.git("diff")
    assert (repository.folder / "PWNED").exists()


async def test_a_submodules_configuration_is_not_asked(repository: Repository, tmp_path: Path) -> None:
    inner = Repository(_folder(tmp_path / "inner"))
    inner.write("b.py", "b = 1\n")
    inner.commit()
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.folder), "sub")
    repository.git("commit", "-q", "-m", "sub")
    program = trap(tmp_path)
    subprocess.run(["git", "-C", str(tmp_path / "sub"), "config", "core.fsmonitor", program], check=True)
    (tmp_path / "sub" / "b.py").write_text("b = 2\n", encoding="utf-8")
    assert isinstance(await changed_lines(tmp_path), Changes)
    assert not (tmp_path / "PWNED").exists()


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


async def test_a_bare_repository_inside_another_is_none(repository: Repository) -> None:
    """It can be cloned along, its configuration with it."""
    bare = _folder(repository.folder / "docs")
    subprocess.run(["git", "init", "-q", "--bare", str(bare)], check=True)
    subprocess.run(["git", "-C", str(bare), "config", "core.worktree", str(repository.folder)], check=True)
    subprocess.run(["git", "-C", str(bare), "config", "core.bare", "false"], check=True)
    subprocess.run(["git", "-C", str(bare), "config", "core.fsmonitor", trap(repository.folder)], check=True)
    (repository.folder / "PWNED").unlink(missing_ok=True)
    await changed_lines(bare)
    assert await head_text(bare / "a.py") is None
    assert not (repository.folder / "PWNED").exists()


async def test_outside_a_repository_git_is_not_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def started(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    (tmp_path / "a.py").write_text("a = 1\n", encoding="utf-8")
    monkeypatch.setattr(asyncio, "create_subprocess_exec", started)
    assert await head_text(tmp_path / "a.py") is None
    assert await head_text(tmp_path / "gone" / "a.py") is None


@pytest.mark.slow
async def test_a_repository_that_says_it_is_the_whole_disk(play: Play, tmp_path: Path) -> None:
    """`core.worktree` may name the user's home: only files of the workspace are read."""
    (tmp_path / "private.py").write_text("canary = 1\n", encoding="utf-8")
    work = Repository(_folder(tmp_path / "work"))
    work.write("a.py", "a = 1\n")
    work.commit()
    work.write("a.py", "a = 2\n")
    work.git("config", "core.worktree", str(tmp_path))
    async with play([], root=work.folder.as_uri()) as client:
        answer = await client.command("postil.reviewChanges")
        assert answer.get("result", {"files": 0})["files"] <= 2, answer
        assert not any("private.py" in str(heard.params) for heard in client.heard)


@pytest.mark.slow
async def test_git_is_not_run_where_the_workspace_is_not_trusted(play: Play, tmp_path: Path) -> None:
    """And no other program either: git is one that leaves a mark."""
    work = Repository(_folder(tmp_path / "work"))
    work.write("a.py", "a = 1\n")
    work.commit()
    programs = _folder(tmp_path / "bin")
    shutil.move(trap(tmp_path), programs / "git")
    environment = {"PATH": f"{programs}:{os.environ['PATH']}"}
    options = {"trust_workspace": False}
    async with play([], root=work.folder.as_uri(), options=options, environment=environment) as client:
        answer = await client.command("postil.reviewChanges")
        assert "isn't trusted" in answer["error"]["message"]
        await client.command("postil.reviewWorkspace")
    assert not (tmp_path / "PWNED").exists()
    async with play([], root=work.folder.as_uri(), environment=environment) as client:
        await client.command("postil.reviewChanges")
    assert (tmp_path / "PWNED").exists(), "the control: in a trusted one git is run"


HIJACKED = ("json", "xllamacpp", "postil", "os", "threading", "encodings", "site", "pip")


async def test_no_module_of_the_folder_that_we_start_in_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Editors start us in the workspace, and `python -m` looks there first: the embedded engine's child doesn't."""
    mark = tmp_path / "PWNED"
    for name in HIJACKED:
        (tmp_path / f"{name}.py").write_text(f"open({str(mark)!r}, 'w').close()\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    missing = tmp_path / "none.gguf"
    engine = EmbeddedEngine(lambda name: missing, tuple)
    with pytest.raises(EngineError):
        async with aclosing(engine.chat(ASK)) as stream:
            async for _ in stream:
                pass
    await engine.aclose()
    assert not mark.exists()
    # The control: without -P it is.
    done = await asyncio.create_subprocess_exec(sys.executable, "-m", "json.tool", stdin=asyncio.subprocess.DEVNULL)
    await done.wait()
    assert mark.exists()


def test_everything_that_starts_a_python_keeps_the_folder_out() -> None:
    """The server's own, and VS Code's: `-P` (or `-I`) stands before `-m` and `-c`."""
    root = Path(__file__).resolve().parents[2]
    server = [path.read_text(encoding="utf-8") for path in (root / "server").rglob("*.py")]
    starts = [text for text in server if "sys.executable" in text and "create_subprocess_exec" in text]
    assert len(starts) >= 3
    assert all('"-P"' in text for text in starts)
    client = [path.read_text(encoding="utf-8") for path in (root / "editor-clients/vscode/src").rglob("*.ts")]
    words = [text for text in client if "'-m'" in text or "'-c'" in text]
    assert len(words) >= 3
    for text in words:
        assert text.count("'-P', '-m'") + text.count("'-I', '-c'") == text.count("'-m'") + text.count("'-c'")
