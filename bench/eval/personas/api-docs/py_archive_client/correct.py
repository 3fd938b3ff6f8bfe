"""Downloads from the server of a film archive."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol


class TransferError(Exception):
    """A file could not be downloaded, however often it was tried."""


class Server(Protocol):
    """What downloads need from the connection to the archive."""

    def read(self, reel: str) -> bytes:
        """Return the scan of a reel; raises OSError if the connection breaks."""
        ...


class Downloader:
    """Fetches scans of reels into a folder."""

    def __init__(self, server: Server, folder: Path, sleep: Callable[[float], None] = time.sleep) -> None:
        """Make a downloader.

        Args:
            server: Where the scans come from.
            folder: Where they are stored; it must exist.
            sleep: What waits between two attempts, given the seconds; time.sleep by default.
        """
        self._server = server
        self._folder = folder
        self._sleep = sleep

    def fetch(self, reel: str, attempts: int = 3, wait: float = 2.0) -> Path:
        """Download the scan of a reel, and return the path of the file.

        Args:
            reel: The name of the reel, which is also that of the file, without a suffix.
            attempts: How often to try in all, at least once; 3 times by default.
            wait: The seconds between two attempts, 2 by default.

        Raises:
            TransferError: If the connection broke at every attempt.
            ValueError: If `attempts` is below 1.
            OSError: If the file cannot be written.
        """
        if attempts < 1:
            raise ValueError("at least one attempt is needed")
        for attempt in range(attempts):
            if attempt:
                self._sleep(wait)
            try:
                scan = self._server.read(reel)
            except OSError:
                continue
            path = self._folder / f"{reel}.mxf"
            path.write_bytes(scan)
            return path
        raise TransferError(f"{reel} could not be downloaded")
