"""Writes a fix to the user's file, unless it has changed since the check saw it."""

from __future__ import annotations

import codecs

from postil.core.verify.patch import Patch
from postil.service.verify.events import Fixed
from postil.service.verify.trouble import ApplyTrouble
from postil.service.workspace.atomic import replace_whole
from postil.service.workspace.source import Source

_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def patched(data: bytes, source: Source, patch: Patch) -> bytes:
    """A file's bytes with the patch: in its encoding, with its byte order mark and its line ends. Raises UnicodeError
    for a character that the encoding hasn't got."""
    mark = next((one for one in _MARKS if data.startswith(one)), b"")
    text = data[len(mark) :].decode(source.encoding)
    return mark + patch.applied(text, source.newline).encode(source.encoding)


def apply_fix(fixed: Fixed) -> None:
    """Write it, whole or not at all. Raises ApplyTrouble."""
    file = fixed.file.resolve()
    try:
        if file.read_bytes() != fixed.original:
            raise ApplyTrouble(f"{fixed.patch.path} was changed meanwhile: nothing was written")
        replace_whole(file, fixed.new)
    except OSError as error:
        raise ApplyTrouble(f"can't write {fixed.patch.path}: {error.strerror or error}") from None
