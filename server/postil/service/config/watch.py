"""Folders watched for personas and settings, those included that don't exist yet."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import watchdog.events
import watchdog.observers
import watchdog.observers.polling

if TYPE_CHECKING:
    # For annotations only: it would be executed with its package.
    from watchdog.observers.api import BaseObserver, ObservedWatch

log = logging.getLogger(__name__)

# Reading a file is an event too: our own reads must not be a reason to read again.
_READING = ("opened", "closed_no_write")
# Where the system has no events to give (its limit of watches is reached), once a second is soon enough.
_POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Watched:
    """A folder, which need not exist, and whether a file's name in it matters."""

    folder: Path
    matters: Callable[[str], bool]


class Watcher:
    """Calls `touched` (from a thread of its own) when one of the files may have changed, or one of the folders come or
    gone. `watch` is called again after each change: a folder that has come is then watched itself."""

    def __init__(self, touched: Callable[[], None]) -> None:
        self._touched = touched
        self._observer: BaseObserver | None = None
        self._polling = False
        self._wanted: tuple[Watched, ...] = ()
        self._watches: dict[Path, tuple[tuple[int, int], ObservedWatch]] = {}
        self._lock = threading.RLock()

    def watch(self, wanted: Iterable[Watched]) -> None:
        """Watch these from now on. It may take a moment (imports, the disk): not for the event loop."""
        with self._lock:
            self._watch(tuple(wanted))

    def _watch(self, wanted: tuple[Watched, ...]) -> None:
        self._wanted = wanted
        there: dict[Path, tuple[int, int]] = {}
        for folder in {place for one in self._wanted for place in _places(one.folder)}:
            identity = _identity(folder)
            if identity is not None:
                there[folder] = identity
        for folder, (identity, watch) in list(self._watches.items()):
            # A folder that was deleted and made anew is another one, of which the old watch says nothing.
            if there.get(folder) != identity:
                del self._watches[folder]
                self._unschedule(watch)
        for folder, identity in there.items():
            if folder not in self._watches:
                watch = self._schedule(folder)
                if watch is not None:
                    self._watches[folder] = (identity, watch)

    def close(self) -> None:
        with self._lock:
            observer, self._observer = self._observer, None
            self._watches.clear()
        if observer is not None:
            observer.stop()
            observer.join(timeout=2.0)

    def _schedule(self, folder: Path) -> ObservedWatch | None:
        # Of a link, watchdog 7 sees only what happens to the link itself.
        place = Path(os.path.realpath(folder)) if folder.is_symlink() else folder
        try:
            return self._running().schedule(self._handler(folder, place), str(place), recursive=False)
        except OSError as error:
            if self._polling:
                log.warning("%s can't be watched: %s", folder, error)
                return None
        log.warning("no file events for %s: looked at every %.0f s instead", folder, _POLL_SECONDS)
        wanted = self._wanted
        self.close()
        self._polling = True
        self.watch(wanted)
        entry = self._watches.get(folder)
        return entry[1] if entry is not None else None

    def _unschedule(self, watch: ObservedWatch) -> None:
        try:
            if self._observer is not None:
                self._observer.unschedule(watch)
        except (KeyError, OSError) as error:
            # Its folder is gone, and the watch with it.
            log.debug("not unwatched: %s", error)

    def _running(self) -> BaseObserver:
        if self._observer is None:
            self._observer = (
                watchdog.observers.polling.PollingObserver(timeout=_POLL_SECONDS)
                if self._polling
                else watchdog.observers.Observer()
            )
            self._observer.daemon = True
            self._observer.start()
        return self._observer

    def _handler(self, folder: Path, place: Path) -> watchdog.events.FileSystemEventHandler:
        """For the events at `place`, where `folder` really is."""
        watcher = self

        class Handler(watchdog.events.FileSystemEventHandler):
            def on_any_event(self, event: watchdog.events.FileSystemEvent) -> None:
                watcher._event(event, folder, place)

        return Handler()

    def _event(self, event: watchdog.events.FileSystemEvent, folder: Path, place: Path) -> None:
        if event.event_type in _READING or (event.is_directory and event.event_type == "modified"):
            return
        paths = [Path(os.fsdecode(path)) for path in (event.src_path, event.dest_path) if path]
        paths += [folder / path.name for path in paths if path.parent == place != folder]
        if any(concerns(path, self._wanted) for path in paths):
            self._touched()


def concerns(path: Path, wanted: Iterable[Watched]) -> bool:
    """Whether a change at `path` can change what is read of the wanted folders."""
    return any(
        path == one.folder or path in one.folder.parents or (path.parent == one.folder and one.matters(path.name))
        for one in wanted
    )


def _places(folder: Path) -> list[Path]:
    """The folder and the nearest one above it that exists: there it comes, goes, and is renamed."""
    above = next((parent for parent in folder.parents if parent.is_dir()), None)
    return [folder, *([above] if above is not None else [])]


def _identity(folder: Path) -> tuple[int, int] | None:
    """What tells a folder from another one of its name; None when there is none."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if folder.is_dir() else None
