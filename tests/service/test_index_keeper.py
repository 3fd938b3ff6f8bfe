"""The server's own upkeep of an index: saves, branches, settings; nothing is left when it ends."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import filelock
import pytest
from tests.service.indexing import LIMITS, held, plain_scan
from tests.service.test_index_scan import FILES, write

from postil.core.context.analysis import imports_of
from postil.service.config.workspace import FolderConfig, WorkspaceConfig
from postil.service.context import keeper as keeping
from postil.service.context.index.place import IndexPlace, index_place
from postil.service.context.index.store import Store
from postil.service.context.indexes import Indexes
from postil.service.context.keeper import IndexKeeper
from postil.service.context.query.imported import imported
from postil.service.context.scanning.scan import Limits
from postil.service.jobs import Jobs
from postil.service.personas.load import PersonaSet
from postil.settings import IndexSettings, Settings


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> IndexPlace:
    monkeypatch.setenv("POSTIL_CACHE_DIR", str(tmp_path / "cache"))
    root = tmp_path / "work"
    write(root, FILES)
    (root / ".git" / "logs").mkdir(parents=True)
    return index_place(root)


async def until(holds: Callable[[], Any]) -> None:
    """A scan is a process, which takes a second to begin on a busy machine."""
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def good(place: IndexPlace) -> bool:
    """Whether the index is as after a plain scan."""
    return place.current() is not None and held(place) == plain_scan(place.root)


@asynccontextmanager
async def kept(folder: Path, limits: Limits = LIMITS) -> AsyncGenerator[tuple[IndexKeeper, list[str]]]:
    """A keeper at work, and what it has said of its state."""
    failures: list[Exception] = []
    jobs = Jobs(failed=failures.append)
    said: list[str] = []
    keeper = IndexKeeper(folder, limits, jobs, lambda: said.append(keeper.state))
    keeper.start()
    try:
        yield keeper, said
    finally:
        keeper.close()
        await jobs.aclose()
    assert failures == []


@pytest.mark.slow
async def test_it_scans_first_and_follows_saves(place: IndexPlace) -> None:
    async with kept(place.root) as (keeper, said):
        await until(lambda: said[-1:] == [""])
        assert good(place) and "4 files" in said
        for number in range(3):
            write(place.root, {"saved.py": f"def saved_{number}(): pass\n"})
            keeper.changed([place.root / "saved.py"])
            await until(lambda: good(place))
        assert said[-1] == "", "a save is too short to be shown"
        (place.root / "saved.py").unlink()
        keeper.changed([place.root / "saved.py"])
        await until(lambda: good(place))


@pytest.mark.slow
async def test_a_checkout_is_followed(place: IndexPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "_QUIET", 0.01)
    async with kept(place.root) as (keeper, said):
        await until(lambda: said[-1:] == [""])
        await until(lambda: keeper.watching)
        write(place.root, {"pkg/other.py": "def of_the_branch(): pass\n"})
        with (place.root / ".git" / "logs" / "HEAD").open("a", encoding="utf-8") as log:
            log.write("checkout: moving from main to other\n")
        await until(lambda: good(place))


@pytest.mark.parametrize("worktree", [False, True])
def test_where_git_writes_it(place: IndexPlace, tmp_path: Path, worktree: bool) -> None:
    if worktree:
        (place.root / ".git" / "logs").rmdir()
        (place.root / ".git").rmdir()
        (place.root / ".git").write_text("gitdir: ../main/.git/worktrees/work\n", encoding="utf-8")
    expected = tmp_path / "main/.git/worktrees/work" if worktree else place.root / ".git"
    found = keeping.git_logs(place.root / "pkg")
    assert found is not None and os.path.normpath(found) == str(expected / "logs")
    assert keeping.git_logs(tmp_path) is None


@pytest.mark.slow
async def test_an_ignore_file_and_a_lost_index_need_all_files(place: IndexPlace) -> None:
    async with kept(place.root) as (keeper, said):
        await until(lambda: said[-1:] == [""])
        write(place.root, {".postilignore": "pkg/\n"})
        keeper.changed([place.root / ".postilignore"])
        await until(lambda: good(place))
        assert "pkg/store.py" not in held(place)
        for spoil in (place.forget, lambda: nothing(place)):
            spoil()
            write(place.root, {"saved.py": "def saved(): pass\n"})
            keeper.changed([place.root / "saved.py"])
            await until(lambda: not place.current() or readable(place))
            await until(lambda: readable(place) and good(place))


def current(place: IndexPlace) -> Path:
    path = place.current()
    assert path is not None
    return path


def readable(place: IndexPlace) -> bool:
    path = place.current()
    return path is not None and path.is_file() and path.read_bytes()[:6] == b"SQLite"


async def test_a_cache_that_can_not_be_written_is_no_drama(place: IndexPlace, caplog: pytest.LogCaptureFixture) -> None:
    place.folder.parent.mkdir(parents=True)
    place.folder.write_text("a file", encoding="utf-8")
    async with kept(place.root):
        await until(lambda: "is not up to date: can't write the index" in caplog.text)


@pytest.mark.skipif(os.name == "nt", reason="there is no `false`")
@pytest.mark.parametrize(("program", "told"), [("false", "has ended with 1"), ("no-such-python", "can't be started")])
async def test_a_scan_that_fails_is_told(
    place: IndexPlace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, program: str, told: str
) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which(program) or program)
    async with kept(place.root):
        await until(lambda: told in caplog.text)


@pytest.mark.slow
async def test_closing_ends_the_scan(place: IndexPlace) -> None:
    write(place.root, {f"many_{number}.py": "def more(): pass\n" * 3000 for number in range(100)})
    async with kept(place.root, Limits(1000, 100)) as (_, said):
        await until(lambda: said)
    # Nobody holds it any more, and what was read is whole.
    with filelock.FileLock(place.lock, timeout=30):
        found = held(place) if place.current() else {}
    plain = plain_scan(place.root)
    assert found == {path: plain[path] for path in found}


async def test_a_home_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTIL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    async with kept(tmp_path) as (keeper, said):
        keeper.changed([tmp_path / "a.py"])
        assert said == []
    assert not (tmp_path / "cache").exists()


def nothing(place: IndexPlace) -> None:
    current(place).write_bytes(b"nothing" * 1000)


def no_outlines(place: IndexPlace) -> None:
    """Damage that SQLite's own check doesn't see."""
    with Store(current(place)) as store:
        store.run("UPDATE files SET outline=x'00'")


@pytest.mark.slow
async def test_it_can_be_asked(place: IndexPlace) -> None:
    """Off the event loop; where there is no index, or a broken one, the answer is none and not an error."""
    jobs, said = Jobs(), list[str]()
    indexes = Indexes(jobs, said.append)
    path = str(place.root / "pkg" / "__init__.py")

    def about(store: Store, name: str) -> list[str]:
        imports = imports_of((place.root / name).read_text(encoding="utf-8"), "python")
        return [one.symbol.qualified for one in imported(store, imports, name, "python")]

    try:
        assert await indexes.ask(path, about) is None
        indexes.use(configured(place.root, enabled=True))
        await until(lambda: said[-1:] == [""])
        assert await indexes.ask(path, about) == ["Store"]
        assert await indexes.ask("/elsewhere/a.py", about) is None
        for spoil in (nothing, no_outlines):
            spoil(place)
            assert await indexes.ask(path, about) is None
            await until(lambda: readable(place) and good(place))
            assert await indexes.ask(path, about) == ["Store"]
    finally:
        indexes.close()
        await jobs.aclose()


def configured(folder: Path, *, trusted: bool = True, **index: Any) -> WorkspaceConfig:
    settings = Settings(index=IndexSettings(**index), trust_workspace=trusted)
    return WorkspaceConfig((FolderConfig(settings, PersonaSet({}), folder),))


@pytest.mark.slow
async def test_the_settings_decide(place: IndexPlace) -> None:
    jobs, said = Jobs(), list[str]()
    indexes = Indexes(jobs, said.append)
    try:
        indexes.use(configured(place.root))
        indexes.use(configured(place.root, trusted=False, enabled=True))
        indexes.use(WorkspaceConfig((FolderConfig(Settings(index=IndexSettings(enabled=True)), PersonaSet({}), None),)))
        indexes.changed(str(place.root / "notes.lua"))
        assert indexes.globs() == () and said == [] and not place.folder.exists()
        indexes.use(configured(place.root, enabled=True))
        await until(lambda: said[-1:] == [""])
        assert "indexing work: 4 files" in said and good(place)
        first, *ignored = indexes.globs()
        assert first.startswith("**/*.{cjs,") and "**/.postilignore" in ignored
        indexes.use(configured(place.root, enabled=True, max_files=2))
        await until(lambda: len(held(place)) == 2)
        indexes.use(configured(place.root))
        write(place.root, {"notes.lua": "local other\n"})
        indexes.changed(str(place.root / "notes.lua"))
        assert indexes.globs() == ()
    finally:
        indexes.close()
        await jobs.aclose()
    assert len(held(place)) == 2
