"""Which files a persona is for: its `include` and `exclude` globs, as .gitignore reads them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from postil.core.persona.persona import Persona

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


def reads(persona: Persona, path: str, workspace: Path | None) -> bool:
    """Whether the persona reads the file at `path`: absolute, or relative to the workspace (a document that is no
    file has a URI here, and only the globs of names fit)."""
    if not persona.include and not persona.exclude:
        return True
    shown = _relative(path, workspace)
    if persona.include and not _spec(persona.include).match_file(shown):
        return False
    return not (persona.exclude and _spec(persona.exclude).match_file(shown))


def _relative(path: str, workspace: Path | None) -> str:
    plain = path.replace("\\", "/")
    top = workspace.as_posix().rstrip("/") + "/" if workspace is not None else ""
    return plain[len(top) :] if top and plain.startswith(top) else plain.lstrip("/")


@lru_cache(maxsize=64)
def _spec(globs: tuple[str, ...]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(globs)
