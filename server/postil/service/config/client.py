"""The folders of a workspace, and what the client says of them. Imported before `initialize` is answered: it imports
little."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """What the client has said: its folders in their order, its section, and its section for one folder alone."""

    folders: tuple[Path, ...] = ()
    section: Mapping[str, object] = field(default_factory=dict[str, object])
    of_folder: Mapping[Path, Mapping[str, object]] = field(default_factory=dict[Path, Mapping[str, object]])


def innermost(folders: Iterable[Path], path: str) -> Path | None:
    """The folder that holds the file at `path`, the deepest where one lies in another; None when none does (a document
    that is no file has a URI here)."""
    file = Path(path)
    holding = (folder for folder in folders if file.is_relative_to(folder))
    return max(holding, key=lambda folder: len(folder.parts), default=None)


def changed(folders: Iterable[Path], added: Iterable[Path], removed: Iterable[Path]) -> tuple[Path, ...]:
    """Those that stay in their order, and the new ones behind them: a client tells which come and go, not where."""
    gone = set(removed)
    return tuple(dict.fromkeys((*(folder for folder in folders if folder not in gone), *added)))
