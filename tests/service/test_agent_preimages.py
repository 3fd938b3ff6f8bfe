"""What was there before a turn's writes: kept, restored byte for byte, or refused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from postil.service.agent.safety import preimages
from postil.service.agent.safety.inside import Inside
from postil.service.agent.safety.preimages import PreImages, Undone


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def images(place: Path) -> PreImages:
    return PreImages(place, "one")


ODD = b"\xef\xbb\xbfa\r\nb\rc\n\x00\xff\xfe no end"


def test_a_turn_is_undone_byte_for_byte(place: Path, images: PreImages) -> None:
    (place / "a.bin").write_bytes(ODD)
    (place / "a.bin").chmod(0o750)
    images.write_file(place / "a.bin", b"new\n")
    images.write_file(place / "a.bin", b"newer\n")
    images.write_file(place / "deep/er/b.py", b"b = 1\r\n")
    assert (place / "a.bin").read_bytes() == b"newer\n" and (place / "deep/er/b.py").read_bytes() == b"b = 1\r\n"
    assert (place / "a.bin").stat().st_mode & 0o777 == 0o750
    (place / "a.bin").chmod(0o600)
    undone = images.undo(1)
    assert sorted(undone.restored) == ["a.bin", "deep/er/b.py"] and not undone.refused
    assert (place / "a.bin").read_bytes() == ODD and (place / "a.bin").stat().st_mode & 0o777 == 0o750
    assert [path.name for path in place.iterdir()] == ["a.bin"]
    assert images.turns() == () and images.undo(1) == Undone()


def test_a_file_that_the_turn_or_the_user_removed_comes_back_or_is_refused(place: Path, images: PreImages) -> None:
    (place / "a").write_bytes(b"1")
    images.write_file(place / "a", b"2")
    (place / "a").unlink()
    assert images.undo(1).refused == (("a", "it has been moved or removed since"),)
    assert not (place / "a").exists()


def test_folders_that_hold_something_else_by_now_stay(place: Path, images: PreImages) -> None:
    images.write_file(place / "new/er/b.py", b"b")
    (place / "new/mine").write_bytes(b"")
    assert images.undo(1).restored == ("new/er/b.py",)
    assert [path.relative_to(place).as_posix() for path in sorted(place.rglob("*"))] == ["new", "new/mine"]


def test_turns_are_undone_by_themselves_and_the_latest_first(place: Path, images: PreImages) -> None:
    (place / "a").write_bytes(b"0")
    images.write_file(place / "a", b"1")
    images.turn = 2
    images.write_file(place / "a", b"2")
    images.turn = 3
    images.write_file(place / "b", b"3")
    assert PreImages(place, "one").turns() == (1, 2, 3) and PreImages(place, "other").turns() == ()
    assert images.undo(1).refused == (("a", "it has been edited since"),)
    assert images.undo(3).restored == ("b",)
    assert images.undo(2).restored == ("a",) and (place / "a").read_bytes() == b"1"
    assert images.undo(1).restored == ("a",) and (place / "a").read_bytes() == b"0"


def test_an_editor_writes_between_the_two(place: Path, images: PreImages) -> None:
    (place / "a").write_bytes(b"1")
    images.before(place / "a")
    (place / "a").write_bytes(b"2\r\n")
    assert "being written when Postil ended" in images.undo(1).refused[0][1]
    images.after(place / "a", b"2\r\n")
    assert images.undo(1).restored == ("a",) and (place / "a").read_bytes() == b"1"
    with pytest.raises(ValueError, match="nothing was kept"):
        images.after(place / "b", b"")


def test_an_editor_that_does_not_write_after_all(place: Path, images: PreImages) -> None:
    (place / "a").write_bytes(b"1")
    for path in (place / "a", place / "new/b"):
        images.before(path)
        images.write_file(path, b"2")
    assert sorted(images.undo(1).restored) == ["a", "new/b"]
    assert (place / "a").read_bytes() == b"1" and not (place / "new").exists()


def test_what_somebody_wrote_between_two_edits_is_not_thrown_away(place: Path, images: PreImages) -> None:
    images.write_file(place / "a", b"1")
    (place / "a").write_bytes(b"the user's")
    images.write_file(place / "a", b"2")
    assert images.undo(1).refused == (("a", "somebody else has edited it between two edits of this turn"),)
    assert (place / "a").read_bytes() == b"2"


def test_limits_are_said(place: Path, images: PreImages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preimages, "FILE_BYTES", 2 << 20)
    (place / "large").write_bytes(b"x" * ((2 << 20) + 1))
    with pytest.raises(ValueError, match="larger than 2 MiB"):
        images.write_file(place / "large", b"")
    monkeypatch.setattr(preimages, "CONVERSATION_BYTES", 1 << 20)
    (place / "a").write_bytes(b"x" * (1 << 20))
    (place / "b").write_bytes(b"x")
    images.write_file(place / "a", b"y")
    with pytest.raises(ValueError, match="more than 1 MiB can't be undone"):
        images.write_file(place / "b", b"y")
    assert (place / "b").read_bytes() == b"x"


def test_old_ones_are_removed(place: Path, images: PreImages, tmp_path: Path) -> None:
    images.write_file(place / "a", b"1")
    images.sweep()
    assert images.turns() == (1,)
    images.sweep(time.time() + (preimages.KEPT_DAYS + 1) * 86_400)
    assert images.turns() == ()
    assert [path for path in (tmp_path / "state").rglob("*") if path.is_file()] == []


def test_a_failure_midway_takes_back_what_was_restored(
    place: Path, images: PreImages, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b", "c"):
        (place / name).write_bytes(b"1")
        images.write_file(place / name, b"2")
    write, calls = Inside.write, list[bytes]()

    def full(self: Inside, parts: tuple[str, ...], data: bytes, mode: int | None) -> None:
        calls.append(data)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        write(self, parts, data, mode)

    with monkeypatch.context() as patch:
        patch.setattr(Inside, "write", full)
        with pytest.raises(OSError, match="No space left"):
            images.undo(1)
    assert {(place / name).read_bytes() for name in ("a", "b", "c")} == {b"2"}
    assert images.undo(1).restored and {(place / name).read_bytes() for name in ("a", "b", "c")} == {b"1"}


KILLED = """
import os, sys
from pathlib import Path
from postil.service.agent.safety import preimages
from postil.service.agent.safety.inside import Inside
work, step = Path(sys.argv[1]), int(sys.argv[2])
counted = 0
def die(*_):
    global counted
    counted += 1
    if counted == step:
        os.kill(os.getpid(), 9)
def killed(function):
    def wrapped(*given, **named):
        die()
        done = function(*given, **named)
        die()
        return done
    return wrapped
preimages._put = killed(preimages._put)
Inside.write = killed(Inside.write)
images = preimages.PreImages(work, "one")
images.write_file(work / "a", b"2")
images.write_file(work / "a", b"3")
images.write_file(work / "new/b", b"2")
print("over")
"""


@pytest.mark.slow
def test_whatever_a_kill_interrupts_can_be_undone(place: Path) -> None:
    """At each step of three writes; the last run isn't killed."""
    step = 0
    while True:
        step += 1
        (place / "a").write_bytes(b"1")
        command = [sys.executable, "-c", KILLED, str(place), str(step)]
        ended = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ), timeout=60)
        images = PreImages(place, "one")
        undone = images.undo(1)
        assert undone.refused == (), (step, undone)
        assert (place / "a").read_bytes() == b"1" and not (place / "new/b").exists(), step
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert ended.stdout == "over\n" and step > 15


UNDOING = """
import sys
from pathlib import Path
from postil.service.agent.safety.inside import Inside
from postil.service.agent.safety.preimages import PreImages
images, step = PreImages(Path(sys.argv[1]), "one"), int(sys.argv[2])
"""


@pytest.mark.parametrize("step", range(1, 7))
def test_an_undo_that_is_killed_can_be_done_again(place: Path, step: int) -> None:
    images = PreImages(place, "one")
    for name in ("a", "b", "c"):
        (place / name).write_bytes(b"1")
        images.write_file(place / name, b"2")
    images.write_file(place / "new/d", b"2")
    dying = KILLED[KILLED.index("counted = 0") : KILLED.index("preimages._put")]
    program = f"import os{UNDOING}{dying}Inside.write = killed(Inside.write)\nimages.undo(1)\n"
    command = [sys.executable, "-c", program, str(place), str(step)]
    ended = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ), timeout=60)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert images.undo(1).refused == ()
    assert {(place / name).read_bytes() for name in ("a", "b", "c")} == {b"1"} and not (place / "new").exists()
