"""Many files reviewed in the editor without opening them: git's changes, and the whole workspace, folder by folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pygls.exceptions import JsonRpcException, JsonRpcRequestCancelled

from postil.core.review.finding import Span
from postil.lsp.command_args import REQUEST_FAILED, string_args
from postil.lsp.server import PostilServer, Unopened
from postil.service.config.client import innermost

if TYPE_CHECKING:
    from postil.engine.download.pull import PullStep
    from postil.service.review.run import Run


@dataclass(frozen=True, slots=True)
class FileToReview:
    """A file to read, and the lines that count (None: all)."""

    path: Path
    spans: tuple[Span, ...] | None = None


async def changes(server: PostilServer, *given: Any) -> dict[str, Any]:
    """`postil.reviewChanges [revision?]`: review the lines that differ from a revision (HEAD), new files too. How many
    files were read, and what was left out."""
    from postil.service.workspace.changes import WHOLE_FILE, NoChanges, changed_lines
    from postil.service.workspace.files import select

    (rev,) = string_args("postil.reviewChanges", given, "revision", optional=1)
    folders = _folders(server)
    session = server.open_session()
    if not session.settings.trust_workspace:
        # A repository's configuration names programs that git starts.
        raise JsonRpcException("This workspace isn't trusted (trust_workspace): git isn't run in it.", REQUEST_FAILED)
    found = [await changed_lines(folder, rev) for folder in folders]
    told = [changes for changes in found if not isinstance(changes, NoChanges)]
    silent = [changes.message for changes in found if isinstance(changes, NoChanges)]
    if not told:
        raise JsonRpcException(silent[0], REQUEST_FAILED)
    for message in silent:
        server.tell(message, error=False)
    files: list[FileToReview] = []
    skipped = 0
    tops = {folder.resolve(): folder for folder in folders}
    # Two folders may lie in one repository.
    for changes in {changes.top: changes for changes in told}.values():
        spans = {file.path: file.spans for file in changes.files}
        of_folder: dict[Path, list[Path]] = {}
        for path in spans:
            # A repository may be larger than the workspace, and its configuration may say that it is all of the disk.
            home = innermost(tops, str(path.parent.resolve() / path.name))
            if home is not None:
                of_folder.setdefault(home, []).append(path)
        for home, paths in of_folder.items():
            exclude = session.config_of(str(tops[home])).settings.review.exclude
            chosen = await asyncio.to_thread(select, paths, home, exclude, named=False)
            files += [FileToReview(path, None if WHOLE_FILE in spans[path] else spans[path]) for path in chosen.files]
            skipped += len(chosen.skipped)
    return await _read(server, "Reviewing the changes", files, skipped)


async def workspace(server: PostilServer, *given: Any) -> dict[str, Any]:
    """`postil.reviewWorkspace`: review all files of the workspace's folders."""
    from postil.service.workspace.files import select

    session = server.open_session()
    files: list[FileToReview] = []
    for folder in _folders(server):
        exclude = session.config_of(str(folder)).settings.review.exclude
        chosen = await asyncio.to_thread(select, [folder], folder, exclude)
        # A folder in this one has rules of its own.
        files += [FileToReview(path) for path in chosen.files if session.config_of(str(path)).workspace == folder]
    return await _read(server, "Reviewing the workspace", files, 0)


def _folders(server: PostilServer) -> tuple[Path, ...]:
    if not server.client_config.folders:
        raise JsonRpcException("No folder is open: open one (its files are what is read).", REQUEST_FAILED)
    return server.client_config.folders


async def _read(server: PostilServer, title: str, files: Sequence[FileToReview], skipped: int) -> dict[str, Any]:
    from postil.lsp.task_progress import with_progress

    reading = _Reading(server, files)
    if not await with_progress(server, f"{title} ({len(files)} files)", reading.steps()):
        raise JsonRpcRequestCancelled
    return {"files": reading.read, "skipped": skipped + reading.skipped, "notes": reading.notes()}


class _Reading:
    """File by file, as many at once as units are (one host's work each); what runs when it is left is cancelled."""

    def __init__(self, server: PostilServer, files: Sequence[FileToReview]) -> None:
        self._server = server
        self._files = files
        self._uris: list[str] = []
        self._runs: dict[str, Run] = {}
        self.read = 0
        self.skipped = 0

    async def steps(self) -> AsyncGenerator[PullStep]:
        from postil.engine.download.pull import PullStep

        session = self._server.open_session()
        try:
            for number, file in enumerate(self._files):
                uri = file.path.as_uri()
                yield PullStep(f"{file.path.name} ({number + 1}/{len(self._files)})")
                self._server.listed.add(uri)
                reason = await self._start(uri, file)
                run = session.reviews.runs.get(uri)
                if reason is not None or run is None:
                    self._server.listed.discard(uri)
                    self.skipped += 1
                    continue
                self.read += 1
                self._uris.append(uri)
                self._runs[uri] = run
                await self._fewer_than(session.settings.units_at_once)
            await self._fewer_than(1)
        finally:
            for uri in list(self._runs):
                session.cancel(uri)
            self._server.listed.difference_update(self._runs)

    async def _fewer_than(self, most: int) -> None:
        """Waits until so few are read."""
        while len(self._runs) >= most:
            waits = {asyncio.ensure_future(run.over.wait()): uri for uri, run in self._runs.items()}
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            for uri in [uri for uri, run in self._runs.items() if run.over.is_set()]:
                del self._runs[uri]
                self._server.listed.discard(uri)

    async def _start(self, uri: str, file: FileToReview) -> str | None:
        """Begin the review of a file; the reason when there is none."""
        from postil.lsp.from_lsp import language_of
        from postil.lsp.modelfile_problems import is_modelfile
        from postil.service.workspace.languages import language_of as language_of_name
        from postil.service.workspace.source import Unreadable, read_source

        session = self._server.open_session()
        document: Any = self._server.workspace.text_documents.get(uri)
        if document is None:
            source = await asyncio.to_thread(read_source, file.path)
            if isinstance(source, Unreadable):
                return source.reason
            language = language_of_name(file.path.name, source.text[:200].partition("\n")[0])
            if is_modelfile(uri, language):
                return "Modelfiles are checked, not reviewed"
            document = self._server.unopened[uri] = Unopened(uri, source.text, language)
        text, language = document.source, language_of(document)
        return session.reviews.start(uri, str(file.path), language, text, document.version, "manual", file.spans)

    def notes(self) -> int:
        """How many notes the files have now."""
        known = [self._server.workspace.text_documents.get(uri) or self._server.unopened.get(uri) for uri in self._uris]
        return sum(len(self._server.shown(one)) for one in known if one is not None)
