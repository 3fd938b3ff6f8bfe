"""Watches folders for changes of personas and settings, including folders that don't exist yet."""

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
    # For annotations only: at run time the import would execute the whole package.
    from watchdog.observers.api import BaseObserver, ObservedWatch

log = logging.getLogger(__name__)

# Events for reads are ignored: otherwise each reload would cause the next one.
_READING = ("opened", "closed_no_write")
# Polling interval for systems without file events (for example when the limit of inotify watches is reached).
_POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Watched:
    """A folder, which may not exist, and a predicate for the names of relevant files in it."""

    folder: Path
    matters: Callable[[str], bool]


class Watcher:
    """Calls `touched`, on its own thread, when a relevant file may have changed or a folder was created or removed.
    Call `watch` again after each change, so that a new folder is watched itself."""

    def __init__(self, touched: Callable[[], None]) -> None:
        self._touched = touched
        self._observer: BaseObserver | None = None
        self._polling = False
        self._wanted: tuple[Watched, ...] = ()
        self._watches: dict[Path, tuple[tuple[int, int], ObservedWatch]] = {}
        self._lock = threading.RLock()

    def watch(self, wanted: Iterable[Watched]) -> None:
        """Watch these folders instead of earlier ones. This may block, so don't call it on the event loop."""
        with self._lock:
            self._watch(tuple(wanted))

    def _watch(self, wanted: tuple[Watched, ...]) -> None:
        self._wanted = wanted
        existing: dict[Path, tuple[int, int]] = {}
        for folder in {place for one in self._wanted for place in _places(one.folder)}:
            identity = _identity(folder)
            if identity is not None:
                existing[folder] = identity
        for folder, (identity, watch) in list(self._watches.items()):
            # If a folder was deleted and created again, the old watch doesn't report its events.
            if existing.get(folder) != identity:
                del self._watches[folder]
                self._unschedule(watch)
        for folder, identity in existing.items():
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
        # For a symbolic link, watchdog 7 reports only changes of the link itself.
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
            # The folder was removed, and the watch with it.
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
        """A handler for events at `place`, the real path of `folder`."""
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
    """Whether a change at `path` can change what is read from the wanted folders."""
    return any(
        path == one.folder or path in one.folder.parents or (path.parent == one.folder and one.matters(path.name))
        for one in wanted
    )


def _places(folder: Path) -> list[Path]:
    """The folder and its nearest existing parent, which reports when the folder is created, removed or renamed."""
    above = next((parent for parent in folder.parents if parent.is_dir()), None)
    return [folder, *([above] if above is not None else [])]


def _identity(folder: Path) -> tuple[int, int] | None:
    """Distinguishes a folder from a later one with the same path; None if it doesn't exist."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if folder.is_dir() else None
