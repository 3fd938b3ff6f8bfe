"""How a conversation writes files: by way of the editor or to the disk, each with what was there before kept."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Protocol

from postil.service.agent.tools.base import ToolTrouble
from postil.service.agent.workplace import Workplace
from postil.service.workspace.files import refusal
from postil.service.workspace.source import Source, Unreadable, decode_source, mark_of


class PreImages(Protocol):
    """What was there before each write of a turn. All raise OSError, and ValueError for a file that is never
    written."""

    def before(self, path: Path) -> None: ...

    def after(self, path: Path, data: bytes) -> None: ...

    def write_file(self, path: Path, data: bytes) -> None:
        """Write it, between the two others."""
        ...


class Writer:
    """Writes files of one workplace. All raise ToolTrouble."""

    def __init__(self, place: Workplace, images: PreImages) -> None:
        self._place = place
        self._images = images

    def may_write(self, path: Path) -> None:
        """Whether a file may be written at all: it is a regular file of the workspace, not git's, not ignored."""
        folder = self._place.folder
        name = self._place.name(path)
        if ".git" in path.relative_to(folder).parts:
            raise ToolTrouble(f"{name} is git's: it is never written")
        reason = refusal(path.as_uri(), folder, tuple(self._place.settings.review.exclude))
        if reason is not None:
            raise ToolTrouble(f"{name} may not be written: {reason}")

    async def write(self, path: Path, before: str | None, after: str) -> None:
        """Write a file whose text was `before` when the user was asked. It is refused if that has changed since."""
        name = self._place.name(path)
        self.may_write(path)
        there = await self._place.door.text_of(path)
        data, now = await asyncio.to_thread(_read, path)
        current = there if there is not None else now.text if now is not None else None
        if _plain(current) != _plain(before):
            raise ToolTrouble(f"{name} has changed meanwhile: read it again")
        try:
            if there is not None and _plain(there) != _plain(now.text if now is not None else None):
                # An undo gives back what the user hadn't saved: it is saved before anything is kept of the file.
                await self._place.door.write(path, there)
                data, now = await asyncio.to_thread(_read, path)
            await asyncio.to_thread(self._images.before, path)
            if await self._place.door.write(path, after):
                await asyncio.to_thread(lambda: self._images.after(path, path.read_bytes()))
            else:
                await asyncio.to_thread(self._images.write_file, path, _encoded(data, now, after))
        except ValueError as error:
            raise ToolTrouble(f"{name}: {error}") from None
        except OSError as error:
            raise ToolTrouble(f"{name} can't be written: {error.strerror or error}") from None


def _read(path: Path) -> tuple[bytes, Source | None]:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return b"", None
    except OSError as error:
        raise ToolTrouble(f"{path.name} can't be read: {error.strerror or error}") from None
    source = decode_source(data)
    if isinstance(source, Unreadable):
        raise ToolTrouble(f"{path.name} can't be read: {source.reason}")
    return data, source


def _plain(text: str | None) -> str | None:
    return None if text is None else text.replace("\r\n", "\n").replace("\r", "\n")


def _encoded(data: bytes, source: Source | None, after: str) -> bytes:
    """The new text as the file's bytes: lines that don't change keep theirs, its line ends included."""
    text = _plain(after) or ""
    if source is None:
        return text.encode("utf-8", "replace")
    mark = mark_of(data)
    raw = data[len(mark) :].decode(source.encoding.removesuffix("-sig"), "surrogateescape").splitlines(keepends=True)
    old, new = source.text.split("\n"), text.split("\n")
    raw += [""] * (len(old) - len(raw))
    if len(raw) != len(old):
        # A line end of another kind (form feed, U+2028): all lines are written anew.
        return mark + text.replace("\n", source.newline).encode(source.encoding.removesuffix("-sig"), "replace")
    head = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    middle = "\n".join([*new[head : len(new) - tail], *([""] if tail else [])])
    kept_head, kept_tail = raw[:head], raw[len(raw) - tail :] if tail else []
    if kept_head and middle and not kept_head[-1].endswith(("\n", "\r")):
        kept_head[-1] += source.newline
    body = "".join(kept_head) + middle.replace("\n", source.newline) + "".join(kept_tail)
    return mark + body.encode(source.encoding.removesuffix("-sig"), "surrogateescape")
