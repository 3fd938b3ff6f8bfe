"""What a check's copy is made of: the repository, with the editor's texts as the bytes that a save would write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from postil.service.documents import Document
from postil.service.workspace.files import repository_root
from postil.service.workspace.source import MAX_SOURCE_BYTES, Source, decode_source, mark_of


def top_of(workspace: Path) -> Path:
    """What is copied for a check: the repository around a workspace, or the workspace."""
    return repository_root(workspace) or workspace


def unsaved_texts(documents: Iterable[Document], workspace: Path) -> dict[Path, str]:
    """The texts of open files of a workspace, by their path with links resolved. Cells aren't files."""
    found: dict[Path, str] = {}
    for document in documents:
        if document.is_cell or not Path(document.path).is_absolute():
            continue
        path = Path(document.path).resolve()
        if workspace in path.parents:
            found[path] = document.text
    return found


def as_saved(texts: Mapping[Path, str], workspace: Path) -> dict[str, bytes]:
    """Of these texts those that aren't on the disk, by path relative to the workspace. Reads the files, so don't call
    it on the event loop."""
    found: dict[str, bytes] = {}
    for path, text in texts.items():
        try:
            data = path.read_bytes() if path.stat().st_size <= MAX_SOURCE_BYTES else b""
        except OSError:
            data = b""  # a new file that was never saved
        source = decode_source(data)
        encoding = source.encoding if isinstance(source, Source) else "utf-8"
        mark = mark_of(data)
        try:
            saved = mark + text.encode(encoding)
        except UnicodeError:
            saved = text.encode("utf-8", "surrogatepass")
        if saved != data:
            found[path.relative_to(workspace).as_posix()] = saved
    return found
