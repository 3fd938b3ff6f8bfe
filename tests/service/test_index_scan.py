"""The index holds what a plain look at all files gives, whatever has happened to them."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.service.indexing import LIMITS, Here, held, plain_scan, scanned

from postil.service.context.index.place import IndexPlace, index_place
from postil.service.context.index.read import Stamp
from postil.service.context.index.store import open_store
from postil.service.context.scanning import scan as scanning
from postil.service.context.scanning.reader import Reader
from postil.service.context.scanning.scan import Limits, is_same, limits_of, scan
from postil.service.context.scanning.update import needs_scan, update
from postil.service.context.scanning.worker import Answer
from postil.settings import settings_of

FILES = {
    "pkg/__init__.py": "from .store import Store\n",
    "pkg/store.py": 'class Store:\n    """Keeps it."""\n\n    def put(self, value):\n        self.value = value\n',
    "web/app.ts": 'import {Store} from "./store";\nexport function start(): void {}\n',
    "notes.lua": "local value = 1\n",
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> IndexPlace:
    monkeypatch.setenv("POSTIL_CACHE_DIR", str(tmp_path / "cache"))
    root = tmp_path / "work"
    root.mkdir()
    write(root, FILES)
    return index_place(root)


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def test_a_scan_finds_all(place: IndexPlace) -> None:
    end = scanned(place)
    assert (end.found, end.read, end.removed, end.ended) == (4, 4, 0, True)
    assert held(place) == plain_scan(place.root)
    assert set(held(place)) == set(FILES)


def test_with_the_reading_process(place: IndexPlace) -> None:
    for _ in scan(place, LIMITS):
        pass
    assert held(place) == plain_scan(place.root)


def test_only_what_has_changed_is_read_again(place: IndexPlace) -> None:
    scanned(place)
    for file in place.root.rglob("*.*"):
        os.utime(file, ns=(0, 10**18))
    assert scanned(place).read == 4
    write(place.root, {"web/app.ts": "export const other = 1;\n", "new.go": "package p\n"})
    (place.root / "notes.lua").unlink()
    end = scanned(place)
    assert (end.found, end.read, end.removed) == (4, 2, 1)
    assert held(place) == plain_scan(place.root)


def test_a_file_that_was_just_written_proves_nothing_by_its_time() -> None:
    """As in git: it may have been written again within the same tick."""
    second = 10**9
    assert is_same(Stamp(5 * second, 3), Stamp(5 * second, 3), 8 * second)
    assert not is_same(Stamp(5 * second, 3), Stamp(5 * second, 3), 6 * second)
    assert not is_same(Stamp(5 * second, 3), Stamp(5 * second, 4), 8 * second)


@pytest.mark.parametrize(
    ("name", "text", "ignore"),
    [
        (".env.py", "", {}),
        ("secrets.yaml", "", {}),
        ("a.py", "", {".gitignore": "a.py\n"}),
        ("sub/a.py", "", {"sub/.postilignore": "*\n"}),
        ("node_modules/x/a.js", "", {}),
        ("a.py", "\0", {}),
        ("id_rsa", "", {}),
        ("prod.env", "", {}),
    ],
)
def test_what_may_not_be_read_is_not_in_it(place: IndexPlace, name: str, text: str, ignore: dict[str, str]) -> None:
    """At the door, and once a rule says so."""
    if name == ".env.py":
        name = ".env.local"
    write(place.root, {name: text or "PASSWORD = 'open sesame'\n"})
    if ignore:
        scanned(place)
        assert name in held(place), "the control"
        write(place.root, ignore)
        assert needs_scan(place.root / ignored for ignored in ignore)
    scanned(place)
    assert name not in held(place)
    store = open_store(place)
    assert store is not None
    with store:
        update(store, place, [place.root / name], LIMITS)
    assert name not in held(place)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_leads_nowhere(place: IndexPlace, tmp_path: Path) -> None:
    write(tmp_path, {"outside/a.py": "SECRET = 1\n"})
    (place.root / "link.py").symlink_to(tmp_path / "outside" / "a.py")
    (place.root / "folder").symlink_to(tmp_path / "outside")
    scanned(place)
    store = open_store(place)
    assert store is not None
    with store:
        update(store, place, [place.root / "link.py", place.root / "folder" / "a.py", place.root / "folder"], LIMITS)
    assert set(held(place)) == set(FILES)


@pytest.mark.slow
def test_a_time_that_no_database_holds(place: IndexPlace) -> None:
    os.utime(place.root / "notes.lua", (99999999999, 99999999999))
    assert scanned(place).ended
    assert held(place) == plain_scan(place.root)


def test_names_that_no_file_has_are_passed_over(place: IndexPlace) -> None:
    scanned(place)
    write(place.root, {"notes.lua": "local other = 2\n"})
    odd = [place.root / ("x" * 300 + ".py"), Path(f"{place.root}/a\0b.py"), place.root / "notes.lua"]
    store = open_store(place)
    assert store is not None
    with store:
        assert update(store, place, odd, LIMITS) == 1
    assert held(place) == plain_scan(place.root)


@pytest.mark.slow
def test_limits(place: IndexPlace) -> None:
    end = scanned(place, Limits(2, 100))
    assert (end.found, end.left_out) == (2, 2)
    assert set(held(place)) == {"notes.lua", "pkg/__init__.py"}
    store = open_store(place)
    assert store is not None
    with store:
        update(store, place, [place.root / "web" / "app.ts"], Limits(2, 100))
        assert "web/app.ts" not in held(place)
        update(store, place, [place.root / "web" / "app.ts"], Limits(3, 100))
        assert "web/app.ts" in held(place)
    write(place.root, {f"big_{number}.py": "x = 1\n" * 150_000 for number in range(2)})
    assert scanned(place, Limits(100, 1)).left_out == 1


def test_what_may_not_be_reviewed_is_not_indexed(place: IndexPlace) -> None:
    scanned(place)
    assert "pkg/__init__.py" in held(place) and "web/app.ts" in held(place)
    limits = limits_of(settings_of({"review": {"exclude": ["web/"]}}))
    scanned(place, limits)
    assert "pkg/__init__.py" in held(place) and "web/app.ts" not in held(place)
    store = open_store(place)
    assert store is not None
    with store:
        update(store, place, [place.root / "web" / "app.ts"], limits)
    assert "web/app.ts" not in held(place)


def test_a_workspace_of_ignored_files_ends(place: IndexPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "_ENTRIES_A_FILE", 1)
    write(place.root, {f"a/{number}.csv": "" for number in range(50)})
    assert scanned(place, Limits(10, 100)).found == 0


def test_a_chunk_that_stays_keeps_its_number(place: IndexPlace) -> None:
    """So that vectors made of it stay good."""
    body = "".join(f"def number_{n}(value):\n    return value + {n} * {n}\n    # {n}\n\n\n" for n in range(30))
    write(place.root, {"long.py": body})
    scanned(place)

    def chunks() -> dict[int, int]:
        store = open_store(place)
        assert store is not None
        with store:
            query = "SELECT chunks.id, first FROM chunks JOIN files ON files.id=file WHERE path='long.py'"
            return dict(store.rows(tuple[int, int], query))

    before = chunks()
    write(place.root, {"long.py": "import os\n\n\n" + body})
    scanned(place)
    after = chunks()
    assert len(before.keys() & after.keys()) >= len(before) - 8
    assert sum(after[one] == first + 3 for one, first in before.items() if one in after) >= len(before) - 8
    assert held(place) == plain_scan(place.root)


DEADLY = """
import os, sys
from pathlib import Path
from postil.service.context.scanning import worker
read = worker.read_file
def deadly(root, path):
    if path == "notes.lua":
        os._exit(9)
    return read(root, path)
worker.read_file = deadly
worker.main(Path(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)
"""


def test_a_file_that_kills_the_process_that_reads_it(place: IndexPlace) -> None:
    """It is left out, the others are read."""
    end = list(scan(place, LIMITS, reader=lambda root: Reader(root, command=("-c", DEADLY))))[-1]
    assert (end.read, end.refused) == (3, 1)
    assert set(held(place)) == set(FILES) - {"notes.lua"}


def test_a_file_that_takes_too_long(place: IndexPlace) -> None:
    with closing(Reader(place.root, patience=0.05, command=("-c", "import sys; sys.stdin.read()"))) as reader:
        reader.send("notes.lua")
        assert "took longer" in str(reader.receive()[1])


def test_a_later_reading_wins(place: IndexPlace) -> None:
    """A scan has read a file before it was saved, and comes to write it after the save's update."""

    class Late(Here):
        def receive(self) -> tuple[str, Answer]:
            path, answer = super().receive()
            if path == "notes.lua":
                write(self.root, {"notes.lua": "local saved = 2\n"})
                store = open_store(place)
                assert store is not None
                with store:
                    update(store, place, [self.root / "notes.lua"], LIMITS)
            return path, answer

    scanned(place)
    write(place.root, {"notes.lua": "local between = 3\n"})
    for _ in scan(place, LIMITS, reader=Late):
        pass
    assert held(place) == plain_scan(place.root)


NAMES = st.sampled_from(
    ["a.py", "b.py", "sub/a.py", "sub/b.ts", "sub/deep/c.go", "d.rs", "data.bin", ".env", "e.py/x.py"]
)
LINES = st.sampled_from(["def one(a): pass", "class Two:", "    x = 1", "", "import sub.a", "\0", "fn f() {}"])
TEXTS = st.lists(LINES, max_size=40).map("\n".join)
STEPS = st.one_of(
    st.tuples(st.just("write"), NAMES, TEXTS),
    st.tuples(st.just("remove"), NAMES | st.sampled_from(["sub", "sub/deep"]), st.just("")),
    st.tuples(st.just("move"), NAMES | st.just("sub"), NAMES | st.just("other")),
    st.tuples(
        st.just("ignore"), st.sampled_from([".gitignore", "sub/.postilignore"]), st.sampled_from(["a.py", "sub/", ""])
    ),
    st.tuples(st.just("scan"), st.just(""), st.just("")),
)


def apply(root: Path, step: tuple[str, str, str]) -> list[Path]:
    """Do it; the paths that an editor would report."""
    what, name, other = step
    path, target = root / name, root / other
    try:
        if what in ("write", "ignore"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(other, encoding="utf-8")
        elif what == "remove":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        elif what == "move":
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
            return [path, target]
    except OSError:
        return []
    return [path]


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], database=None)
@given(st.lists(STEPS, min_size=1, max_size=12))
def test_whatever_happens_it_is_as_after_a_plain_scan(steps: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as made:
        root = Path(made) / "work"
        root.mkdir()
        place = IndexPlace(root.resolve(), Path(made) / "index")
        scanned(place)
        for step in steps:
            touched = apply(root, step)
            if step[0] == "scan" or needs_scan(touched):
                scanned(place)
            else:
                store = open_store(place)
                assert store is not None
                with store:
                    update(store, place, touched, LIMITS)
            assert held(place) == plain_scan(root.resolve())
        scanned(place)
        assert held(place) == plain_scan(root.resolve())
