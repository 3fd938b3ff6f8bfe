"""Rotation of database backups."""

from pathlib import Path


def rotate_backups(folder: Path, keep: int) -> list[Path]:
    """Delete all but the `keep` newest backups in the folder; return those that were deleted.

    Backups are named after the time in UTC at which they were made: `20240131T235959Z.dump`.
    """
    if keep < 1:
        raise ValueError(f"at least one backup must be kept, not {keep}")
    backups = sorted(folder.glob("*.dump"), key=lambda path: path.name, reverse=True)
    surplus = backups[keep:]
    for path in surplus:
        path.unlink()
    return surplus
