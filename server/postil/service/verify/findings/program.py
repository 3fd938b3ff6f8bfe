"""The command line of a tool for a project: its program in the project's environments or on PATH, and its arguments."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from postil.core.verify.findings.tools import Tool, tools
from postil.service.verify.trouble import CheckTrouble

_ENVIRONMENTS = (".venv", "venv", "env", ".env")
_PLACES = {"environment": "the project's Python environment", "node": "node_modules", "path": "PATH"}


@dataclass(frozen=True, slots=True)
class ToolCommand:
    """`command` as it is run in `folder`, for the tool of this name."""

    tool: str
    command: str
    folder: Path


def tool_command(name: str, folder: Path, workspace: Path, paths: Sequence[Path] = ()) -> ToolCommand:
    """How the tool is run in `folder` (or above, where its project begins), for these files or the whole project.
    Raises CheckTrouble, which says how one gets it."""
    tool = tools()[name]
    at = _project(name, tool, folder, workspace)
    program = _program(tool, at, workspace)
    if program is None:
        places = " or ".join(_PLACES[one] for one in tool.found)
        raise CheckTrouble(
            f"{name} isn't installed here: there is no {tool.program} in {places}. Get it: {tool.install}"
        )
    words = [shlex.quote(program), tool.arguments]
    if tool.paths == "given" and paths:
        words += [shlex.quote(os.path.relpath(path, at)) for path in paths]
    elif tool.paths == "given" and not tool.whole:
        raise CheckTrouble(f"{name} reads no folders: name the files, postil fix --tool {name} FILE …")
    elif tool.whole:
        words.append(tool.whole)
    return ToolCommand(name, " ".join(words), at)


def _project(name: str, tool: Tool, folder: Path, workspace: Path) -> Path:
    if not tool.needs:
        return folder
    found = next((at for at in _upwards(folder, workspace) if (at / tool.needs).is_file()), None)
    if found is None:
        raise CheckTrouble(
            f"{name} needs a {tool.needs}, and there is none in {folder}: run it in the project's folder"
        )
    return found


def _program(tool: Tool, folder: Path, workspace: Path) -> str | None:
    for place in tool.found:
        if place == "path":
            found = shutil.which(tool.program)
        else:
            inner = [f"{one}/bin" for one in _ENVIRONMENTS] if place == "environment" else ["node_modules/.bin"]
            files = (at / one / tool.program for at in _upwards(folder, workspace) for one in inner)
            found = next((str(file) for file in files if os.access(file, os.X_OK)), None)
        if found:
            return found
    return None


def _upwards(folder: Path, workspace: Path) -> Iterator[Path]:
    """The folder and those above it, up to the workspace."""
    yield folder
    if folder != workspace and workspace in folder.parents:
        yield from _upwards(folder.parent, workspace)
