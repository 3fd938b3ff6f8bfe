"""Where uploaded attachments are stored."""

from pathlib import Path


class UnsafeNameError(ValueError):
    """The client asked for a file outside its own folder."""


def attachment_path(root: Path, tenant_id: int, relative_name: str) -> Path:
    """Return the place of an attachment inside the tenant's folder.

    The name comes from the client and may contain subfolders; a name that does not
    lead to a place inside the tenant's folder raises UnsafeNameError.
    """
    folder = (root / f"tenant-{tenant_id}").resolve()
    target = (folder / relative_name).resolve()
    if folder not in target.parents:
        raise UnsafeNameError(relative_name)
    return target
