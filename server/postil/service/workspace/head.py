"""A file's text in the last commit."""

from __future__ import annotations

from pathlib import Path

from postil.service.workspace.files import repository_root
from postil.service.workspace.git import NoChanges, git
from postil.service.workspace.source import Unreadable, decode_source


async def head_text(path: Path) -> str | None:
    """None where there is none: outside a repository, without git, for a new file, and for one that isn't text."""
    # A save outside a repository starts no process.
    if repository_root(path.parent) is None or not path.parent.is_dir():
        return None
    found = await git(path.parent, "cat-file", "blob", f"HEAD:./{path.name}")
    if isinstance(found, NoChanges):
        return None
    source = decode_source(found)
    return None if isinstance(source, Unreadable) else source.text
