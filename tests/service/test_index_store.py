"""The database: made anew when it is broken, shared by processes, whole whenever a process is killed."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from tests.service.indexing import LIMITS, held, plain_scan, scanned
from tests.service.test_index_scan import write

from postil.service.context.index import place as places
from postil.service.context.index import store as stores
from postil.service.context.index.place import IndexPlace, forget_unused, index_place, why_not
from postil.service.context.index.read import Stamp, packed
from postil.service.context.index.store import IndexBroken, IndexTrouble, Store, open_store
from postil.service.context.index.write import put
from postil.service.context.query.search import search
from postil.service.context.query.symbols import symbols_named
from postil.service.context.scanning.scan import scan


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> IndexPlace:
    monkeypatch.setenv("POSTIL_CACHE_DIR", str(tmp_path / "cache"))
    root = tmp_path / "work"
    write(root, {f"part_{number}/file.py": f"def number_{number}(value): return value\n" for number in range(12)})
    made = index_place(root)
    scanned(made)
    return made


def current(place: IndexPlace) -> Path:
    path = place.current()
    assert path is not None
    return path


def overwrite(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute(statement)
        database.commit()


def anothers(path: Path) -> None:
    path.unlink()
    execute(path, "CREATE TABLE files(a)")


BREAKS: dict[str, Callable[[Path], object]] = {
    "no database": lambda path: path.write_bytes(b"no database" * 1000),
    "empty": lambda path: path.write_bytes(b""),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:9000]),
    "half of it": lambda path: os.truncate(path, path.stat().st_size // 2),
    "a page of nothing": lambda path: overwrite(path, 4096, bytes(4096)),
    "noise": lambda path: overwrite(path, 4096, bytes(range(256)) * 64),
    "gone": lambda path: path.unlink(),
    "another's": anothers,
    "no table": lambda path: execute(path, "DROP TABLE names"),
    "pointer": lambda path: path.with_name(f"current-{places.VERSION}").write_bytes(b"\xff\xfe"),
    "pointer elsewhere": lambda path: path.with_name(f"current-{places.VERSION}").write_text("../../etc/passwd"),
}


@pytest.mark.parametrize("how", BREAKS)
def test_what_is_broken_is_made_anew(place: IndexPlace, how: str) -> None:
    path = current(place)
    BREAKS[how](path)
    scanned(place)
    assert held(place) == plain_scan(place.root)
    left = {file.name for file in place.folder.iterdir() if file.suffix == ".db"}
    assert left == {current(place).name}, "what was broken is gone"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE texts SET body=x'00'",
        "UPDATE files SET outline=x'789c'",
        "UPDATE files SET language=CAST(x'ff' AS TEXT)",
        "DELETE FROM texts",
        "UPDATE chunks SET first='no number'",
    ],
)
def test_damage_inside_is_told_as_such(place: IndexPlace, statement: str) -> None:
    execute(current(place), statement)
    store = open_store(place)
    assert store is not None
    with store, pytest.raises(IndexBroken):
        search(store, "number value", 5)
        symbols_named(store, "number_1")


def test_whoever_reads_a_broken_one_is_told(place: IndexPlace) -> None:
    current(place).write_bytes(b"no database" * 1000)
    with pytest.raises(IndexBroken):
        store = open_store(place)
        assert store is not None
        store.rows(tuple[str], "SELECT path FROM files")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_can_not_be_written(place: IndexPlace) -> None:
    place.forget()
    place.folder.parent.chmod(0o500)
    with pytest.raises(IndexTrouble, match="can't write the index"):
        scanned(place)


def test_a_place_that_is_a_file(place: IndexPlace) -> None:
    place.forget()
    place.folder.write_text("")
    with pytest.raises(IndexTrouble, match="can't write the index"):
        scanned(place)


def test_a_full_disk_is_told_and_loses_nothing(place: IndexPlace) -> None:
    before = held(place)
    with Store(current(place)) as store:
        pages = store.number("PRAGMA page_count")
        store.run(f"PRAGMA max_page_count={pages}")
        text = "\n".join(f"def made_{number}_{number * 7}(): pass" for number in range(5000))
        with pytest.raises(IndexTrouble, match="full"):
            put(store, packed("big.py", time.time_ns(), text, Stamp(0, len(text))))
    assert held(place) == before


def test_another_version_has_its_own_file(place: IndexPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two editors with two versions of Postil would otherwise rebuild each other's index for ever."""
    old = current(place)
    monkeypatch.setattr(places, "VERSION", "next")
    assert open_store(place) is None
    scanned(place)
    assert current(place) != old and old.exists()
    # Once nobody has used it for a day it is removed.
    os.utime(old, (0, 0))
    scanned(place, anew=True)
    assert not old.exists()
    assert held(place) == plain_scan(place.root)


def test_a_rebuild_leaves_another_process_a_whole_index(place: IndexPlace) -> None:
    """It still has the old file open, writes to it and closes it; the new one doesn't notice."""
    with Store(current(place)) as old:
        scanned(place, anew=True)
        with old.writing():
            old.run("DELETE FROM files")
    assert held(place) == plain_scan(place.root)


def test_what_nobody_uses_is_forgotten(place: IndexPlace, tmp_path: Path) -> None:
    day = 86_400
    now = time.time()
    forget_unused(now + (places.UNUSED_DAYS - 1) * day)
    assert place.folder.exists()
    other = index_place(tmp_path)
    scanned(IndexPlace(place.root, other.folder))
    os.utime(place.folder, (now - 99 * day, now - 99 * day))
    forget_unused(now)
    assert not place.folder.exists() and other.folder.exists()


def test_a_home_is_no_workspace(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "home" / "work").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    assert why_not(tmp_path / "home") and why_not(tmp_path) and why_not(tmp_path / "gone")
    assert why_not(tmp_path / "home" / "work") is None


def test_threads_at_once(place: IndexPlace) -> None:
    """As processes do it: each with a connection of its own."""
    failures: list[IndexTrouble] = []

    def many(number: int) -> None:
        try:
            for turn in range(15):
                with Store(current(place)) as store:
                    text = f"def of_{number}_{turn}(): pass\n"
                    put(store, packed(f"{turn}.py", time.time_ns(), text, Stamp(0, 0)))
        except IndexTrouble as error:
            failures.append(error)

    threads = [threading.Thread(target=many, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert {f"{turn}.py" for turn in range(15)} <= set(held(place))
    scanned(place)
    assert held(place) == plain_scan(place.root)


def started(place: IndexPlace) -> subprocess.Popen[bytes]:
    """A scan in a process as the server starts it."""
    command = (sys.executable, "-P", "-m", "postil.service.context.scanning.scanner", str(place.root))
    given = msgspec.json.encode(LIMITS).decode()
    return subprocess.Popen((*command, given), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)


# Says after each file how many have been read.
COUNTED = """
import sys
from pathlib import Path
from postil.service.context.index.place import index_place
from postil.service.context.query.search import search
from postil.service.context.query.symbols import symbols_named
from postil.service.context.scanning.scan import Limits, scan
for step in scan(index_place(Path(sys.argv[1])), Limits(1000, 100)):
    print(step.read, flush=True)
"""


def counted(place: IndexPlace) -> subprocess.Popen[bytes]:
    return subprocess.Popen((sys.executable, "-P", "-c", COUNTED, str(place.root)), stdout=subprocess.PIPE)


def until(process: subprocess.Popen[bytes], files: int) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= files:
            return
    raise AssertionError(f"it has ended before {files} files")


@pytest.mark.slow
def test_two_processes_scan_at_once(place: IndexPlace) -> None:
    place.forget()
    both = [started(place), started(place)]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    assert held(place) == plain_scan(place.root)


@pytest.mark.slow
@pytest.mark.parametrize("files", [1, 2, 40, 99, 180])
def test_killed_at_any_moment_it_has_all_but_the_last_file(place: IndexPlace, files: int) -> None:
    """What a scan had put in before it was killed is there, each file whole, and the next one goes on behind it."""
    write(place.root, {f"more_{n}/file.py": f"def more_{n}(value):\n    return value * {n}\n" for n in range(200)})
    for file in place.root.rglob("*.py"):
        os.utime(file, (10**9, 10**9))
    place.forget()
    process = counted(place)
    until(process, files)
    process.kill()
    process.communicate()
    plain, found = plain_scan(place.root), held(place)
    assert found == {path: plain[path] for path in found}
    assert len(found) >= files
    assert scanned(place).read == len(plain) - len(found)
    assert held(place) == plain


@pytest.mark.slow
def test_nothing_is_left_when_the_parent_is_gone(place: IndexPlace) -> None:
    """A scan ends with its standard input, and the process that reads for it with the scan."""
    write(place.root, {f"more_{n}.py": "def more(): pass\n" * 2000 for n in range(200)})
    process = started(place)
    with closing(watched(place)) as seen:
        assert any(seen), "it has begun"
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=60) == 1
    with closing(scan(place, LIMITS)) as steps:
        assert not next(steps).waiting, "the lock is free"


def watched(place: IndexPlace) -> Generator[bool]:
    """Whether the scan of another process has the lock, as often as it is asked."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with closing(scan(place, LIMITS)) as steps:
            yield next(steps).waiting


def test_a_python_whose_sqlite_has_no_fts5(place: IndexPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "_SCHEMA", "CREATE VIRTUAL TABLE words USING nothing_like_it(word)")
    with pytest.raises(IndexTrouble, match=r"SQLite of this Python.*no such module") as told:
        scanned(place, anew=True)
    assert not isinstance(told.value, IndexBroken), "made anew it would be the same"
