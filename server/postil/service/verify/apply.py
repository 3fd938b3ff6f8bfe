"""Writes a fix to the user's file, unless it has changed since the check saw it."""

from __future__ import annotations

from collections.abc import Sequence

from postil.core.verify.patch import Patch
from postil.service.verify.events import Change
from postil.service.verify.trouble import ApplyTrouble
from postil.service.workspace.atomic import replace_whole
from postil.service.workspace.source import Source, mark_of


def patched(data: bytes, source: Source, patch: Patch) -> bytes:
    """A file's bytes with the patch: in its encoding, with its byte order mark and its line ends. Raises UnicodeError
    for a character that the encoding hasn't got."""
    mark = mark_of(data)
    text = data[len(mark) :].decode(source.encoding)
    return mark + patch.applied(text, source.newline).encode(source.encoding)


def apply_changes(changes: Sequence[Change]) -> None:
    """Write them, each file whole; none when one of the files has changed. Raises ApplyTrouble."""
    at = ""
    written: list[str] = []
    try:
        for change in changes:
            at = change.path
            if change.file.resolve().read_bytes() != change.original:
                raise ApplyTrouble(f"{at} was changed meanwhile: nothing was written")
        for change in changes:
            at = change.path
            replace_whole(change.file.resolve(), change.new)
            written.append(at)
    except OSError as error:
        before = f" ({', '.join(written)} was written)" if written else ""
        raise ApplyTrouble(f"can't write {at}: {error.strerror or error}{before}") from None
