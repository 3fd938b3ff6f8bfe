"""Brings single files of an index up to date, after a save or an event of the file system."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from postil.service.context.index.place import IndexPlace
from postil.service.context.index.read import read_file
from postil.service.context.index.store import Store
from postil.service.context.index.write import below, put, remove
from postil.service.context.scanning.scan import Limits, relative
from postil.service.workspace.files import IGNORE_FILES, listed, listed_reason

# More at once is a checkout or an unpacked archive: then all files are compared, by another process.
MOST_FILES = 200


def needs_scan(paths: Iterable[Path]) -> bool:
    """Whether all files must be compared: an ignore file has changed, or too many files at once."""
    names = [path.name for path in paths]
    return len(names) > MOST_FILES or any(name in IGNORE_FILES for name in names)


def update(store: Store, place: IndexPlace, paths: Iterable[Path], limits: Limits) -> int:
    """These files and folders may have changed, appeared or gone. Returns how many files of the index are others now.
    What it leaves out for its limits, the next scan may take in. Raises IndexTrouble."""
    changed = 0
    for path in paths:
        name = relative(_here(path), place.root)
        if name is None or name == ".":
            continue
        file = place.root / name
        wanted = {name} if not _is_folder(file) else {
            found for one, why in listed(file, place.root) if why is None and (found := relative(one, place.root))
        }  # fmt: skip
        gone = {name, *below(store, name)} - wanted
        changed += sum(remove(store, one) for one in gone)
        changed += sum(_update(store, place.root, one, limits) for one in sorted(wanted))
    return changed


def _here(path: Path) -> Path:
    """The path with the links of its folders followed: the editor may know the workspace by another name."""
    return Path(os.path.realpath(path.parent)) / path.name


def _is_folder(file: Path) -> bool:
    return file.is_dir() and not file.is_symlink()


def _update(store: Store, root: Path, name: str, limits: Limits) -> bool:
    # The rules first: a file that they refuse isn't read, and one that they refuse now is taken out.
    read = read_file(root, name) if listed_reason(root / name, root) is None else ""
    if isinstance(read, str):
        return remove(store, name)
    known = store.one(tuple[bytes, int], "SELECT digest, size FROM files WHERE path=?", (name,))
    files, size = store.number("SELECT count(*) FROM files"), store.number("SELECT sum(size) FROM files")
    if known is None and files >= limits.files:
        return False
    if size - (known[1] if known is not None else 0) + read.stamp.size > limits.megabytes * 1_000_000:
        return remove(store, name)
    put(store, read)
    return known is None or known[0] != read.digest
