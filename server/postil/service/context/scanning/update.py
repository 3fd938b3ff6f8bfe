"""Brings single files of an index up to date, after a save or an event of the file system."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from postil.service.context.index.place import IndexPlace
from postil.service.context.index.read import FileRead, read_file
from postil.service.context.index.store import Store
from postil.service.context.index.write import below, put, remove
from postil.service.context.scanning.scan import Limits, relative
from postil.service.workspace.files import IGNORE_FILES, Listing

# More at once is a checkout or an unpacked archive: then all files are compared, by another process.
MOST_FILES = 200


def needs_scan(paths: Iterable[Path]) -> bool:
    """Whether all files must be compared: an ignore file has changed, or too many files at once."""
    names = [path.name for path in paths]
    return len(names) > MOST_FILES or any(name in IGNORE_FILES for name in names)


def update(store: Store, place: IndexPlace, paths: Iterable[Path], limits: Limits) -> int:
    """These files and folders may have changed, appeared or gone. Returns how many files of the index are others now.
    What it leaves out for its limits, the next scan may take in. Raises IndexTrouble."""
    listing, room, changed = Listing(place.root, limits.exclude), _Room(store, limits), 0
    for path in paths:
        here = _here(path)
        name = relative(here, place.root) if here is not None else None
        if name is None or name == ".":
            continue
        file = place.root / name
        wanted = {name}
        if file.is_dir() and not file.is_symlink():
            found = (relative(one, place.root) for one, why in listing.below(file) if why is None)
            wanted = {one for one in found if one is not None}
        for one in {name, *below(store, name)} - wanted:
            changed += remove(store, one)
        for one in sorted(wanted):
            # The rules first: a file that they refuse isn't read, and one that they refuse now is taken out.
            read = read_file(place.root, one) if listing.reason(place.root / one) is None else ""
            if isinstance(read, str) or not room.takes(read):
                changed += remove(store, one)
            else:
                changed += _put(store, read)
    return changed


def _here(path: Path) -> Path | None:
    """The path with the links of its folders followed: the editor may know the workspace by another name. None for
    what no file is called: a name that is too long, or has a NUL."""
    if "\0" in str(path):
        return None
    found = Path(os.path.realpath(path.parent)) / path.name
    try:
        found.lstat()
    except OSError as error:
        return None if error.errno == errno.ENAMETOOLONG else found
    return found


def _put(store: Store, read: FileRead) -> bool:
    known = store.one(tuple[bytes], "SELECT digest FROM files WHERE path=?", (read.path,))
    put(store, read)
    return known is None or known[0] != read.digest


class _Room:
    """What the limits leave. What goes meanwhile isn't counted: the next scan does."""

    def __init__(self, store: Store, limits: Limits) -> None:
        self._store = store
        self._limits = limits
        with store.reading():
            self._files = store.number("SELECT count(*) FROM files")
            self._bytes = store.number("SELECT sum(size) FROM files")

    def takes(self, read: FileRead) -> bool:
        known = self._store.one(tuple[int], "SELECT size FROM files WHERE path=?", (read.path,))
        files, size = int(known is None), read.stamp.size - (known[0] if known is not None else 0)
        if files and self._files >= self._limits.files:
            return False
        if self._bytes + size > self._limits.megabytes * 1_000_000:
            return False
        self._files, self._bytes = self._files + files, self._bytes + size
        return True
