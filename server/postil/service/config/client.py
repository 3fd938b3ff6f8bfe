"""The workspace's folders and settings as the client sends them. This module is imported before `initialize` is
answered, so it imports little."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """The client's folders in its order, its settings section, and the sections that it has for single folders."""

    folders: tuple[Path, ...] = ()
    section: Mapping[str, object] = field(default_factory=dict[str, object])
    of_folder: Mapping[Path, Mapping[str, object]] = field(default_factory=dict[Path, Mapping[str, object]])


def innermost(folders: Iterable[Path], path: str) -> Path | None:
    """The deepest of the folders that contain the file at `path`; None if none does. For a document that isn't a file,
    `path` is its URI."""
    file = Path(path)
    holding = (folder for folder in folders if file.is_relative_to(folder))
    return max(holding, key=lambda folder: len(folder.parts), default=None)


def changed(folders: Iterable[Path], added: Iterable[Path], removed: Iterable[Path]) -> tuple[Path, ...]:
    """The folders after a change: remaining ones in their order, then the added ones. LSP sends no positions."""
    gone = set(removed)
    return tuple(dict.fromkeys((*(folder for folder in folders if folder not in gone), *added)))
