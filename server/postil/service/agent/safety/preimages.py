"""What was there before each write of a turn, so that the turn can be undone byte for byte.

In the user's state folder, by conversation and turn: for each file `KEY.json` (what it was), `KEY.before` (its bytes)
and `KEY.after` (digests of what is written), each written as a whole and before the next step. So whoever is killed
at any moment: the record says which writes have ended, and which may have happened.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

import msgspec
import platformdirs

from postil import private
from postil.service.agent.safety.inside import Found, Inside

# Of one file, and of all files of a conversation that can be undone.
FILE_BYTES = 16 << 20
CONVERSATION_BYTES = 256 << 20
# What is older is removed when a conversation begins.
KEPT_DAYS = 30
_RECORD_BYTES = 64_000
_NOTHING = "nothing"


class _Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`parts`: of the path below the root. `digest`: of the bytes before, "nothing" for no file. `folders`: so many of
    the folders above it didn't exist."""

    version: Literal[1]
    root: str
    parts: tuple[str, ...]
    digest: str
    mode: int = 0
    folders: int = 0


class _After(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`written`: digest of what stands there by our doing, "" before the first write has ended. `intended`: of what was
    being written; "unknown": by an editor. `mixed`: somebody else wrote between two of our writes."""

    written: str = ""
    intended: str = ""
    mixed: bool = False


@dataclass(frozen=True, slots=True)
class Undone:
    """`restored`: paths, relative to the workspace. `refused`: those that can't be, each with a sentence; then nothing
    was changed."""

    restored: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


class _EditedNow(Exception):
    """A file is another than a moment ago; its path."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A file that goes back. `now`, `then`: None for no file."""

    record: _Record
    now: Found | None
    then: Found | None


class PreImages:
    """Of one conversation in one workspace. `turn`: what is written belongs to it. Methods are called one at a time."""

    def __init__(self, workspace: Path, conversation: str, turn: int = 1) -> None:
        self.turn = turn
        self.inside = Inside(Path(os.path.realpath(workspace)))
        self._folder = _top() / sha256(conversation.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def before(self, path: Path, intended: bytes | None = None) -> None:
        """Keep what is there, before it is written (`intended`; None: not known yet, an editor does it). Raises
        OSError, and ValueError for a file that is never written, or that is too large to be undone."""
        parts = self.inside.parts(path)
        found = self.inside.read(parts, FILE_BYTES)
        place, key = self._place(self.turn), _key(parts)
        meant = "unknown" if intended is None else _digest(intended)
        if (place / f"{key}.json").exists():
            # The first of the turn counts.
            after = _after(place, key)
            same = _of(found) in (after.written, after.intended, _record(place / f"{key}.json").digest)
            _put(place / f"{key}.after", _encoded(_After(after.written, meant, after.mixed or not same)))
            return
        size = len(found.data) if found is not None else 0
        if _size(self._folder) + size > CONVERSATION_BYTES:
            limit = CONVERSATION_BYTES >> 20
            raise ValueError(f"more than {limit} MiB can't be undone: begin a new conversation")
        if found is not None:
            _put(place / f"{key}.before", found.data)
        _put(place / f"{key}.after", _encoded(_After(intended=meant)))
        root, mode = str(self.inside.root), found.mode if found is not None else 0
        # At last: a record is of something that can be restored.
        _put(
            place / f"{key}.json",
            _encoded(_Record(1, root, parts, _of(found), mode, self.inside.missing_folders(parts))),
        )

    def after(self, path: Path, data: bytes) -> None:
        """Note what was written. Raises OSError, ValueError."""
        parts = self.inside.parts(path)
        place, key = self._place(self.turn), _key(parts)
        if not (place / f"{key}.json").exists():
            raise ValueError("nothing was kept of it before it was written")
        _put(place / f"{key}.after", _encoded(_After(_digest(data), "", _after(place, key).mixed)))

    def write_file(self, path: Path, data: bytes) -> None:
        """Write a file as a whole, with its permissions, between `before` and `after`. Raises as they do."""
        self.before(path, data)
        parts = self.inside.parts(path)
        found = self.inside.read(parts, FILE_BYTES)
        self.inside.write(parts, data, found.mode if found is not None else None)
        self.after(path, data)

    def turns(self) -> tuple[int, ...]:
        """The turns that have written something and can be undone, the latest last."""
        try:
            names = [path.name for path in self._folder.iterdir() if any(path.glob("*.json"))]
        except OSError:
            return ()
        return tuple(sorted(int(name) for name in names if name.isdecimal()))

    def undo(self, turn: int) -> Undone:
        """Restore each file of a turn as it was before, or none where one has been edited since. Once undone, the
        turn's pre-images are gone. Raises OSError, ValueError: it failed midway, what was restored was taken back."""
        place = self._place(turn)
        steps: list[_Step] = []
        refused: list[tuple[str, str]] = []
        for file in sorted(place.glob("*.json")):
            name = file.stem
            try:
                record = _record(file)
                name = "/".join(record.parts)
                steps.append(self._step(place, file.stem, record))
            except (ValueError, msgspec.DecodeError, RecursionError) as error:
                refused.append((name, str(error)))
            except OSError as error:
                refused.append((name, f"it can't be read: {error.strerror or error}"))
        if refused:
            return Undone((), tuple(refused))
        try:
            self._restore(steps)
        except _EditedNow as error:
            return Undone((), ((str(error), "it is being edited now"),))
        shutil.rmtree(place, ignore_errors=True)
        return Undone(tuple("/".join(step.record.parts) for step in steps))

    def sweep(self, now: float | None = None) -> None:
        """Remove pre-images of all conversations that nothing was written to for `KEPT_DAYS`. Raises nothing."""
        oldest = (time.time() if now is None else now) - KEPT_DAYS * 86_400
        for folder in _top().glob("*/*"):
            try:
                times = [file.stat().st_mtime for file in (folder, *folder.iterdir())]
            except OSError:
                continue
            if max(times) < oldest:
                shutil.rmtree(folder, ignore_errors=True)
                with suppress(OSError):
                    # Of a conversation with other turns it isn't empty.
                    folder.parent.rmdir()

    def _step(self, place: Path, key: str, record: _Record) -> _Step:
        """Raises ValueError with the reason why it can't go back."""
        if record.root != str(self.inside.root) or _key(record.parts) != key:
            raise ValueError("its record is of another workspace")
        after = _after(place, key)
        then = None
        if record.digest != _NOTHING:
            data = (place / f"{key}.before").read_bytes()
            if _digest(data) != record.digest:
                raise ValueError("what was there before isn't kept as it was")
            then = Found(data, record.mode)
        now = self.inside.read(record.parts, FILE_BYTES)
        if _of(now) == record.digest:
            return _Step(record, now, then)
        if after.mixed:
            raise ValueError("somebody else has edited it between two edits of this turn")
        if _of(now) not in (after.written, after.intended):
            if after.intended == "unknown":
                kept = f"{place / key}.before" if then is not None else "not there"
                raise ValueError(f"it was being written when Postil ended: look at it; before, it was {kept}")
            raise ValueError("it has been edited since" if now is not None else "it has been moved or removed since")
        return _Step(record, now, then)

    def _restore(self, steps: list[_Step]) -> None:
        done: list[_Step] = []
        try:
            for step in steps:
                if self.inside.read(step.record.parts, FILE_BYTES) != step.now:
                    raise _EditedNow("/".join(step.record.parts))
                done.append(step)
                self._set(step.record.parts, step.now, step.then)
        except BaseException:
            for step in reversed(done):
                current = self.inside.read(step.record.parts, FILE_BYTES)
                self._set(step.record.parts, current, step.now)
            raise
        for step in steps:
            if step.then is None:
                parts = step.record.parts
                for end in range(len(parts) - 1, len(parts) - 1 - step.record.folders, -1):
                    self.inside.remove_empty(parts[:end])

    def _set(self, parts: tuple[str, ...], now: Found | None, then: Found | None) -> None:
        if then is None:
            self.inside.remove(parts)
        elif then != now:
            self.inside.write(parts, then.data, then.mode)

    def _place(self, turn: int) -> Path:
        return self._folder / str(int(turn))


def _top() -> Path:
    return platformdirs.user_state_path("postil", appauthor=False) / "agent" / "preimages"


def _key(parts: tuple[str, ...]) -> str:
    return sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def _of(found: Found | None) -> str:
    return _NOTHING if found is None else _digest(found.data)


def _record(file: Path) -> _Record:
    return msgspec.json.decode(_bounded(file), type=_Record)


def _after(place: Path, key: str) -> _After:
    return msgspec.json.decode(_bounded(place / f"{key}.after"), type=_After)


def _bounded(file: Path) -> bytes:
    with file.open("rb") as opened:
        data = opened.read(_RECORD_BYTES + 1)
    if len(data) > _RECORD_BYTES:
        raise ValueError("its record is too large")
    return data


def _encoded(record: _Record | _After) -> bytes:
    return msgspec.json.encode(record)


def _put(file: Path, data: bytes) -> None:
    """As a whole, and private."""
    private.folder(file.parent)
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        part.unlink(missing_ok=True)
        with open(part, "xb", opener=private.opener) as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _size(folder: Path) -> int:
    try:
        return sum(file.stat().st_size for file in folder.glob("*/*.before"))
    except OSError:
        return 0
