"""Which files a caller may have read: those of the workspace that Postil itself would find, links resolved."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from postil.core.text.plain import one_line
from postil.mcp.host import Refused
from postil.service.workspace.files import Listing

# Of one call. A small model reads a file in a minute.
MOST_FILES = 50
_MOST_CHARS = 4096
_SHOWN = 200


class Places:
    """Of the workspace `root`, whose links are resolved."""

    def __init__(self, root: Path, exclude: Sequence[str]) -> None:
        self._root = root
        self._listing = Listing(root, exclude)

    def path(self, given: str) -> Path:
        """A file or folder of the workspace, as it is there now. Raises Refused."""
        shown = repr(one_line(given)[:_SHOWN])
        if not given.strip() or "\0" in given or len(given) > _MOST_CHARS:
            raise Refused(f"{shown} is no path: name a file of the workspace, such as src/shop.py")
        spelled = Path(os.path.normpath(self._root / given))
        real = Path(os.path.realpath(spelled))
        if real != self._root and self._root not in real.parents:
            raise Refused(f"{shown} isn't in the workspace {self._root}: name a file in it")
        if spelled != self._root and self._root not in spelled.parents:
            # The workspace, spelled another way.
            spelled = real
        if not real.exists():
            raise Refused(f"there is no file or folder {shown} in {self._root}: paths are relative to it")
        if spelled == self._root:
            return spelled
        if spelled.is_dir():
            # What is in an excluded folder is excluded.
            first = next(iter(self._listing.below(spelled)), None)
            reason = first[1] if first is not None and first[0] == spelled else None
        else:
            reason = self._listing.reason(spelled)
        if reason is not None:
            raise Refused(f"{shown} isn't read: {reason}. Name another file")
        return spelled

    def file(self, given: str) -> Path:
        """A file of the workspace. Raises Refused."""
        path = self.path(given)
        if path.is_dir():
            raise Refused(f"{given!r} is a folder: name a file in it")
        return path

    def readable(self, path: Path) -> bool:
        """Whether a file of the workspace may be read now."""
        real = Path(os.path.realpath(path))
        return self._root in real.parents and self._listing.reason(path) is None

    def files(self, given: Sequence[str]) -> list[Path]:
        """The files at and below these paths, at most MOST_FILES. Raises Refused."""
        found: dict[Path, None] = {}
        for path in map(self.path, given):
            below = self._listing.below(path) if path.is_dir() else iter([(path, None)])
            for file, reason in below:
                if reason is None:
                    found[file] = None
                if len(found) > MOST_FILES:
                    raise Refused(f"that are more than {MOST_FILES} files: name fewer, or a diff")
        return list(found)
