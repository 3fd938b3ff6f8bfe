"""Installation of shop themes that customers upload as ZIP archives."""

import shutil
import zipfile
from pathlib import Path, PurePosixPath

MAX_FILES = 500
MAX_TOTAL_BYTES = 20 * 1024 * 1024
ALLOWED_SUFFIXES = {".css", ".jpg", ".json", ".png", ".woff2"}


class ThemeError(ValueError):
    """An archive that is no acceptable theme."""


def check_contents(entries: list[zipfile.ZipInfo]) -> None:
    """Raise ThemeError if there are too many files, or too large ones, or some of another kind."""
    if len(entries) > MAX_FILES:
        raise ThemeError(f"a theme may have {MAX_FILES} files, not {len(entries)}")
    if sum(entry.file_size for entry in entries) > MAX_TOTAL_BYTES:
        raise ThemeError(f"a theme may have {MAX_TOTAL_BYTES} bytes when unpacked")
    for entry in entries:
        if PurePosixPath(entry.filename).suffix.lower() not in ALLOWED_SUFFIXES:
            raise ThemeError(f"files of this kind are not allowed: {entry.filename!r}")


def place_of(folder: Path, filename: str) -> Path:
    """Return where an entry of the archive belongs; raises ThemeError for names that lead elsewhere."""
    root = folder.resolve()
    target = (root / filename).resolve()
    if not target.is_relative_to(root):
        raise ThemeError(f"the archive has an unsafe path: {filename!r}")
    return target


def install_theme(archive: Path, folder: Path) -> int:
    """Unpack a theme into `folder`, and return the number of its files.

    All names are checked before anything is written.
    """
    try:
        with zipfile.ZipFile(archive) as theme:
            entries = [entry for entry in theme.infolist() if not entry.is_dir()]
            check_contents(entries)
            targets = [place_of(folder, entry.filename) for entry in entries]
            for entry, target in zip(entries, targets, strict=True):
                target.parent.mkdir(parents=True, exist_ok=True)
                with theme.open(entry) as source, target.open("wb") as out:
                    shutil.copyfileobj(source, out)
    except zipfile.BadZipFile as error:
        raise ThemeError("this is not a ZIP archive") from error
    return len(entries)
