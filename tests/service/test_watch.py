"""Watching where the system gives no events, and what counts as one."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from watchdog.observers.api import BaseObserver

from postil.service.config.watch import Watched, Watcher, concerns

WANTED = (Watched(Path("/w/p"), lambda name: name.endswith(".Modelfile")), Watched(Path("/w"), "postil.toml".__eq__))


@pytest.mark.parametrize(
    ("path", "matters"),
    [
        ("/w/p/a.Modelfile", True),
        ("/w/p/a.txt", False),
        ("/w/p", True),
        ("/w/p/deeper/a.Modelfile", False),
        ("/w/postil.toml", True),
        ("/w/a.py", False),
        ("/w/q", False),
        ("/w", True),
        ("/", True),
    ],
)
def test_what_matters(path: str, matters: bool) -> None:
    assert concerns(Path(path), WANTED) is matters


class Calls:
    """How often it was touched, and a wait for the next time."""

    def __init__(self) -> None:
        self._changed = threading.Event()
        self.count = 0

    def __call__(self) -> None:
        self.count += 1
        self._changed.set()

    def comes(self) -> bool:
        come = self._changed.wait(20)
        self._changed.clear()
        return come


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def watcher(calls: Calls) -> Iterator[Watcher]:
    found = Watcher(calls)
    yield found
    found.close()


def test_without_events_of_the_system_it_looks_itself(
    tmp_path: Path, calls: Calls, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = BaseObserver.schedule

    def limited(self: Any, *given: Any, **more: Any) -> Any:
        if "Polling" not in type(self).__name__:
            raise OSError(errno.ENOSPC, "inotify watch limit reached")
        return schedule(self, *given, **more)

    monkeypatch.setattr(BaseObserver, "schedule", limited)
    watcher.watch([Watched(tmp_path, "a".__eq__)])
    (tmp_path / "a").write_text("1")
    assert calls.comes()


def test_reading_and_other_files_are_no_reason(tmp_path: Path, calls: Calls, watcher: Watcher) -> None:
    (tmp_path / "a").write_text("1")
    watcher.watch([Watched(tmp_path, lambda name: name in ("a", "last"))])
    for _ in range(3):
        (tmp_path / "a").read_text()
        list(tmp_path.iterdir())
        (tmp_path / "other").write_text("1")
    # Events come in order: with this one all before it have been looked at.
    (tmp_path / "last").touch()
    assert calls.comes()
    seen = calls.count
    (tmp_path / "a").write_text("2")
    assert calls.comes()
    assert seen <= 3, "only what was made of `last`"


def test_a_folder_that_was_made_anew_is_watched_again(tmp_path: Path, calls: Calls, watcher: Watcher) -> None:
    folder = tmp_path / "deep/er"
    wanted = [Watched(folder, "a".__eq__)]
    watcher.watch(wanted)
    for _ in range(3):
        folder.mkdir(parents=True)
        assert calls.comes(), "a folder on the way has come"
        watcher.watch(wanted)
        (folder / "a").write_text("1")
        assert calls.comes()
        (folder / "a").unlink()
        folder.rmdir()
        folder.parent.rmdir()
        assert calls.comes()
        watcher.watch(wanted)
        calls._changed.clear()


@pytest.mark.skipif(os.name == "nt", reason="a link needs rights there")
def test_a_file_in_a_folder_behind_a_link(tmp_path: Path, calls: Calls, watcher: Watcher) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/a").write_text("1")
    (tmp_path / "link").symlink_to(tmp_path / "shared")
    wanted = [Watched(tmp_path / "link", "a".__eq__)]
    watcher.watch(wanted)
    (tmp_path / "shared/a").write_text("2")
    assert calls.comes()
    # It leads elsewhere now.
    (tmp_path / "other").mkdir()
    (tmp_path / "link").unlink()
    (tmp_path / "link").symlink_to(tmp_path / "other")
    assert calls.comes()
    watcher.watch(wanted)
    (tmp_path / "other/a").write_text("3")
    assert calls.comes()
