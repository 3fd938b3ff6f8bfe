"""workspace/executeCommand: commands that review many files without opening them."""

from __future__ import annotations

from typing import TypedDict

from pygls.exceptions import JsonRpcException, JsonRpcRequestCancelled

from postil.lsp.command_args import REQUEST_FAILED, string_args
from postil.lsp.server import PostilServer
from postil.service.review.batch import BatchReview, FileList, NothingToReview, changed_files, workspace_files


class Reviewed(TypedDict):
    """The numbers of reviewed files, of skipped files, of notes, and of units that could not be reviewed."""

    files: int
    skipped: int
    notes: int
    unread: int


async def changes(server: PostilServer, *arguments: object) -> Reviewed:
    """`postil.reviewChanges [revision?]`: review lines that differ from a revision (default: HEAD), and new files."""
    (revision,) = string_args("postil.reviewChanges", arguments, "revision", optional=1)
    try:
        found = await changed_files(server.open_session(), revision)
    except NothingToReview as error:
        raise JsonRpcException(str(error), REQUEST_FAILED) from error
    return await _review(server, "Reviewing the changes", found)


async def workspace(server: PostilServer, *arguments: object) -> Reviewed:
    """`postil.reviewWorkspace []`: review all files of the workspace's folders."""
    try:
        found = await workspace_files(server.open_session())
    except NothingToReview as error:
        raise JsonRpcException(str(error), REQUEST_FAILED) from error
    return await _review(server, "Reviewing the workspace", found)


async def _review(server: PostilServer, title: str, found: FileList) -> Reviewed:
    for message in found.messages:
        server.client.message(message, error=False)
    batch = BatchReview(server.open_session(), found.files)
    if not await server.client.with_progress(f"{title} ({len(found.files)} files)", batch.steps()):
        raise JsonRpcRequestCancelled
    skipped = found.skipped + batch.skipped
    return {"files": batch.read, "skipped": skipped, "notes": batch.notes(), "unread": batch.unread}
