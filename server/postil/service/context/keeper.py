"""Keeps the index of one workspace folder up to date while the server runs: a scan at first, then what changes; behind
both the vectors, where a model for them is chosen."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from postil.engine.base import EngineError
from postil.service.config.watch import Watched, Watcher
from postil.service.context.embedding.fill import fill
from postil.service.context.embedding.model import EmbeddingModel
from postil.service.context.index.place import index_place, why_not
from postil.service.context.index.store import IndexBroken, IndexTrouble, Store, open_store
from postil.service.context.scanning.scan import Limits
from postil.service.context.scanning.scanner import Line
from postil.service.context.scanning.update import needs_scan, update
from postil.service.jobs import Jobs
from postil.service.workspace.files import repository_root

T = TypeVar("T")

# The model for the vectors, or None. Raises an EngineError.
Embedding = Callable[[], Awaitable[EmbeddingModel | None]]

log = logging.getLogger(__name__)

# Seconds without another event of git's before all files are compared: a rebase moves HEAD once a commit.
_QUIET = 1.0
# Seconds between two looks whether reviews have ended.
_PAUSE = 1.0


class IndexKeeper:
    """The event loop never waits for the index: a scan is another process, single files are read in a thread. Both may
    run at once, since a save must not wait for a scan."""

    def __init__(
        self,
        folder: Path,
        limits: Limits,
        jobs: Jobs,
        tell: Callable[[], None],
        embedding: Embedding | None = None,
    ) -> None:
        """`tell` is called when `state` has changed. Without `embedding` no vectors are made."""
        self.folder = folder
        self.limits = limits
        self._scan_state = self._fill_state = ""
        self._embedding = embedding
        self._filling: asyncio.Task[None] | None = None
        self._fill_wanted = False
        self._fill_trouble = ""
        # Whether a change of the branch is noticed by now.
        self.watching = False
        self._place = index_place(folder)
        self._jobs = jobs
        self._tell = tell
        self._changed: set[Path] = set()
        self._scan_wanted = False
        self._scanning: asyncio.Task[None] | None = None
        self._updating: asyncio.Task[None] | None = None
        self._watcher: Watcher | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def state(self) -> str:
        """What it does, for the status; "" when it does nothing that takes time."""
        return self._scan_state or self._fill_state

    def start(self) -> None:
        """Compare all files, and watch for changes of the branch."""
        if (why := why_not(self.folder)) is not None:
            log.info("not indexed: %s", why)
            self._closed = True
            return
        self._jobs.spawn(self._watch)
        self.scan()

    def scan(self) -> None:
        """Compare all files; again, if that is being done."""
        self._scan_wanted = True
        if not self._closed and _ended(self._scanning):
            self._scanning = self._jobs.spawn(self._scan_all)

    def changed(self, paths: Iterable[Path]) -> None:
        """Files or folders of the workspace may have changed, appeared or gone."""
        self._changed.update(paths)
        if not self._closed and _ended(self._updating):
            self._updating = self._jobs.spawn(self._update_all)

    def fill(self, *, anew: bool = False) -> None:
        """Make the vectors that are missing; again, if that is being done. `anew`: with what the settings name now, and
        nothing more with what they named before."""
        if anew and self._filling is not None:
            self._filling.cancel()
            self._filling = None
        self._fill_wanted = True
        if not self._closed and _ended(self._filling):
            self._filling = self._jobs.spawn(self._fill_all)

    async def ask(self, question: Callable[[Store], T]) -> T | None:
        """What a question of `query` gives, asked in a thread; None if there is no index that could be asked."""

        def asked() -> T | None:
            store = open_store(self._place)
            if store is None:
                return None
            with store:
                return question(store)

        try:
            return await asyncio.to_thread(asked)
        except IndexBroken as error:
            await self._anew(error)
        except IndexTrouble as error:
            self._failed(error)
        return None

    def close(self) -> None:
        """End all work."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for task in (self._scanning, self._updating, self._filling):
            if task is not None:
                task.cancel()
        if self._watcher is not None:
            self._watcher.close()

    async def _update_all(self) -> None:
        while self._changed:
            changed, self._changed = self._changed, set()
            try:
                if needs_scan(changed) or not await asyncio.to_thread(self._update, changed):
                    self.scan()
                else:
                    self.fill()
            except IndexBroken as error:
                await self._anew(error)
            except IndexTrouble as error:
                self._failed(error)

    async def _fill_all(self) -> None:
        try:
            while self._fill_wanted:
                self._fill_wanted = False
                try:
                    await self._fill()
                except IndexBroken as error:
                    await self._anew(error)
                except IndexTrouble as error:
                    self._failed(error)
                except EngineError as error:
                    # The next change tries again, and only what is new is told.
                    if str(error) != self._fill_trouble:
                        self._fill_trouble = str(error)
                        log.warning("no vectors for the index of %s: %s", self.folder, error)
        finally:
            self._say(filling="")

    async def _fill(self) -> None:
        model = await self._embedding() if self._embedding is not None else None
        if model is None:
            return
        async with aclosing(fill(self._place, model)) as steps:
            async for step in steps:
                if step.ended and step.made:
                    log.info("%s: %d vectors by %s", self.folder, step.made, model.info.name)
                found = f"{step.there:,} of {step.chunks:,} vectors"
                self._say(filling="" if step.ended or step.waiting else found)
                # Whoever has asked for a review waits for it.
                while self._jobs.busy and not step.ended:  # noqa: ASYNC110 - reviews end at any of many places
                    await asyncio.sleep(_PAUSE)

    async def _anew(self, error: IndexBroken) -> None:
        """What a question has found damaged, a scan may find in order: it looks at what is there no closer."""
        log.warning("the index of %s is made anew: %s", self.folder, error)
        try:
            await asyncio.to_thread(self._place.discard)
        except OSError as refused:
            log.warning("%s: %s", refused.filename, refused.strerror)
        self.scan()

    def _update(self, changed: set[Path]) -> bool:
        """False if there is no index."""
        store = open_store(self._place)
        if store is None:
            return False
        with store:
            update(store, self._place, changed, self.limits)
        return True

    async def _scan_all(self) -> None:
        try:
            while self._scan_wanted:
                self._scan_wanted = False
                await self._scan()
                self.fill()
        except IndexTrouble as error:
            self._failed(error)
        finally:
            self._say(scanning="")

    def _failed(self, error: IndexTrouble) -> None:
        # No message: whoever asks the index hears of it, and a save would open one each time.
        log.warning("the index of %s is not up to date: %s", self.folder, error)

    async def _scan(self) -> None:
        process = await self._started()
        trouble, ended = "", False
        try:
            async with aclosing(_lines(process)) as lines:
                async for line in lines:
                    trouble, ended = line.trouble, line.scanned.ended
                    found = f"{line.scanned.found:,} files"
                    self._say(scanning="waiting for another process" if line.scanned.waiting else found)
            code = await process.wait()
        except BaseException:
            # Only here: a `kill` of a process that has just ended takes its exit code away from asyncio.
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise
        if trouble or not ended:
            raise IndexTrouble(trouble or f"the scan has ended with {code}; its reason is above")
        log.info("%s indexed", self.folder)

    async def _started(self) -> asyncio.subprocess.Process:
        try:
            # -P: the current folder may be a stranger's, and have a `postil` or a `msgspec.py` of its own.
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "postil.service.context.scanning.scanner", str(self.folder)),
                msgspec.json.encode(self.limits).decode(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        except OSError as error:
            # Python was updated while we run.
            raise IndexTrouble(f"{sys.executable} can't be started: {error.strerror or error}") from error

    def _say(self, *, scanning: str | None = None, filling: str | None = None) -> None:
        before = self.state
        self._scan_state = self._scan_state if scanning is None else scanning
        self._fill_state = self._fill_state if filling is None else filling
        if before != self.state:
            self._tell()

    async def _watch(self) -> None:
        """Whatever moves HEAD may have changed any file: a checkout, a pull, a reset, a stash."""
        logs = await asyncio.to_thread(git_logs, self.folder)
        if logs is None or self._closed:
            return
        loop = asyncio.get_running_loop()

        def touched() -> None:
            # The watcher's thread may briefly outlive the event loop.
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._head_moved)

        self._watcher = Watcher(touched)
        await asyncio.to_thread(self._watcher.watch, (Watched(logs, "HEAD".__eq__),))
        self.watching = True

    def _head_moved(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if not self._closed:
            self._timer = asyncio.get_running_loop().call_later(_QUIET, self.scan)


def _ended(task: asyncio.Task[None] | None) -> bool:
    return task is None or task.done()


def git_logs(folder: Path) -> Path | None:
    """The folder in which git writes where HEAD has been; None outside of a repository."""
    top = repository_root(folder)
    if top is None:
        return None
    place = top / ".git"
    try:
        # A second work tree has a file there that says where its own folder is.
        if place.is_file():
            place = top / place.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return place / "logs"


async def _lines(process: asyncio.subprocess.Process) -> AsyncGenerator[Line]:
    while process.stdout is not None and (text := await process.stdout.readline()):
        yield msgspec.json.decode(text, type=Line)
