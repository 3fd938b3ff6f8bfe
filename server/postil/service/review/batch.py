"""Reviews many files without opening them: the files that git says have changed, or the whole workspace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path

from postil.core.review.finding import Span
from postil.engine.base import Progress
from postil.service.config.client import innermost
from postil.service.documents import Document
from postil.service.review.document_run import Run
from postil.service.session import Session
from postil.service.workspace.changes import WHOLE_FILE, NoChanges, changed_lines
from postil.service.workspace.files import select
from postil.service.workspace.source import Unreadable, read_source


class NothingToReview(Exception):
    """There are no files to review. The message tells the user why."""


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file to review, and the lines to review in it (None: all)."""

    path: Path
    spans: tuple[Span, ...] | None = None


@dataclass(frozen=True, slots=True)
class FileList:
    """`skipped`: the number of excluded files. `messages`: sentences for the user."""

    files: tuple[ListedFile, ...]
    skipped: int = 0
    messages: tuple[str, ...] = ()


def _folders(session: Session) -> tuple[Path, ...]:
    folders = session.reloader.client.folders
    if not folders:
        raise NothingToReview("No folder is open: open one (its files are what is read).")
    return folders


async def changed_files(session: Session, revision: str | None) -> FileList:
    """The files that differ from a revision (default: HEAD), including new files. Raises NothingToReview."""
    folders = _folders(session)
    if not session.settings.trust_workspace:
        # git may start programs that the repository's configuration names.
        raise NothingToReview("This workspace isn't trusted (trust_workspace): git isn't run in it.")
    found = [await changed_lines(folder, revision) for folder in folders]
    changed = [changes for changes in found if not isinstance(changes, NoChanges)]
    messages = tuple(changes.message for changes in found if isinstance(changes, NoChanges))
    if not changed:
        raise NothingToReview(messages[0])
    files: list[ListedFile] = []
    skipped = 0
    tops = {folder.resolve(): folder for folder in folders}
    # Two folders may be in the same repository.
    for changes in {changes.top: changes for changes in changed}.values():
        spans = {file.path: file.spans for file in changes.files}
        of_folder: dict[Path, list[Path]] = {}
        for path in spans:
            # A repository may be larger than the workspace; its configuration may even claim the whole disk.
            home = innermost(tops, str(path.parent.resolve() / path.name))
            if home is not None:
                of_folder.setdefault(home, []).append(path)
        for home, paths in of_folder.items():
            exclude = session.config_of(str(tops[home])).settings.review.exclude
            chosen = await asyncio.to_thread(select, paths, home, exclude, named=False)
            files += [ListedFile(path, None if WHOLE_FILE in spans[path] else spans[path]) for path in chosen.files]
            skipped += len(chosen.skipped)
    return FileList(tuple(files), skipped, messages)


async def workspace_files(session: Session) -> FileList:
    """All files in the workspace's folders that may be reviewed. Raises NothingToReview."""
    files: list[ListedFile] = []
    for folder in _folders(session):
        exclude = session.config_of(str(folder)).settings.review.exclude
        chosen = await asyncio.to_thread(select, [folder], folder, exclude)
        # A workspace folder inside this one has its own settings, and lists its files itself.
        files += [ListedFile(path) for path in chosen.files if session.config_of(str(path)).workspace == folder]
    return FileList(tuple(files))


class BatchReview:
    """Reviews file by file, at most `units_at_once` files at a time. Closing `steps` cancels the running reviews."""

    def __init__(self, session: Session, files: Sequence[ListedFile]) -> None:
        self._session = session
        self._files = files
        self._uris: list[str] = []
        self._runs: dict[str, Run] = {}
        self.read = 0
        self.skipped = 0
        # Units that could not be reviewed.
        self.unread = 0

    async def steps(self) -> AsyncGenerator[Progress]:
        session = self._session
        try:
            for number, file in enumerate(self._files):
                uri = file.path.as_uri()
                yield Progress(f"{file.path.name} ({number + 1}/{len(self._files)})")
                reason = await self._start(uri, file)
                run = session.reviews.runs.get(uri)
                if reason is not None or run is None:
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

    async def _fewer_than(self, most: int) -> None:
        """Waits until fewer than `most` files are being reviewed."""
        while len(self._runs) >= most:
            waits = [asyncio.ensure_future(run.over.wait()) for run in self._runs.values()]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            for uri in [uri for uri, run in self._runs.items() if run.over.is_set()]:
                run = self._runs.pop(uri)
                self.unread += run.not_reviewed + run.failed

    async def _start(self, uri: str, file: ListedFile) -> str | None:
        """Start the review of a file. Returns the reason if none is started."""
        session = self._session
        document = session.documents.opened(uri)
        if document is None:
            source = await asyncio.to_thread(read_source, file.path)
            if isinstance(source, Unreadable):
                return source.reason
            document = Document(uri, source.text)
            if document.kind == "code":
                session.documents.add_read(document)
        if document.kind == "modelfile":
            return "Modelfiles are checked, not reviewed"
        config = session.config_of(document.path)
        readers = config.readers(document.path, document.language, "manual")
        session.asked.add(uri)
        return session.reviews.start(document, readers, file.spans, quiet=True)

    def notes(self) -> int:
        """The number of notes on the files."""
        known = [self._session.documents.get(uri) for uri in self._uris]
        return sum(len(self._session.notes(one)) for one in known if one is not None)
