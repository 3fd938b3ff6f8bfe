"""Looks for a verified fix with progress that the user can cancel, and makes an edit of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from pathlib import Path

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcRequestCancelled

from postil.core.text.edits import minimal
from postil.engine.base import Progress
from postil.lsp.command_args import REQUEST_FAILED, engine_errors_answered
from postil.lsp.server import PostilServer
from postil.lsp.to_lsp import text_edit, workspace_edit
from postil.service.checks.editor_fix import verified_edit
from postil.service.checks.project import NoSuchCheck, ProjectCheck
from postil.service.config.workspace import FolderConfig
from postil.service.verify.events import Fixed
from postil.service.verify.trouble import CheckTrouble

MOVED = "The code has changed while the fix was being checked. Nothing was edited: choose the fix again."
UNTRUSTED = "Postil runs nothing in a workspace that isn't trusted."
NO_FOLDER = "A check runs in a workspace: open the folder of the project."
DECLINED = "The check was not run: it needs your yes to its command line."


@contextmanager
def troubles_answered() -> Generator[None]:
    """Converts what the user can do something about to an error response with the same message."""
    try:
        with engine_errors_answered():
            yield
    except (CheckTrouble, NoSuchCheck) as error:
        raise JsonRpcException(f"{error}", REQUEST_FAILED) from error


def workspace_of(config: FolderConfig) -> Path:
    """The folder whose checks may run. Raises JsonRpcException."""
    if not config.settings.trust_workspace:
        raise JsonRpcException(UNTRUSTED, REQUEST_FAILED)
    if config.workspace is None:
        raise JsonRpcException(NO_FOLDER, REQUEST_FAILED)
    return config.workspace


async def consent(server: PostilServer, check: ProjectCheck) -> None:
    """Ask the user, unless they have said yes to this line. Raises JsonRpcException when they don't."""
    if not await server.client.agreed(check):
        raise JsonRpcException(DECLINED, REQUEST_FAILED)


async def search(server: PostilServer, title: str, steps: AsyncGenerator[Progress]) -> None:
    """Runs the steps. Raises JsonRpcException, also when the user has cancelled."""
    with troubles_answered():
        if not await server.client.with_progress(title, steps):
            raise JsonRpcRequestCancelled


async def edit_of(server: PostilServer, fixed: Fixed, label: str) -> types.WorkspaceEdit:
    """The fix as an edit of the text that was checked, shown under `label` before it applies. Raises JsonRpcException
    when that text isn't there any more."""
    session, verified = server.open_session(), verified_edit(fixed)
    real = await asyncio.to_thread(os.path.realpath, fixed.file)
    on_disk = await asyncio.to_thread(_read, fixed.file)
    document = next((one for one in session.documents.all_open() if os.path.realpath(one.path) == real), None)  # noqa: ASYNC240 - open documents are few
    same = document.text == verified.before if document is not None else on_disk == fixed.original
    change = minimal(verified.before, verified.after)
    if not same or change is None:
        raise JsonRpcException(MOVED, REQUEST_FAILED)
    uri = document.uri if document is not None else fixed.file.as_uri()
    version = document.version if document is not None else None
    edit = text_edit(verified.before, change, server.encoding)
    return workspace_edit(uri, version, [edit], server.capabilities, confirm=label)


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None
