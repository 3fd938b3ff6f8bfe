"""The header fields of an HTTP message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class HeaderMap:
    """Header fields in the order in which they were added.

    A field can occur several times. Names are kept as they were given, but upper and lower case make
    no difference when a field is looked for.
    """

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields: list[tuple[str, str]] = []
        for name, value in fields:
            self.add(name, value)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def add(self, name: str, value: str) -> None:
        """Append a field, beside those with the same name; raises ValueError if it isn't valid."""
        self._fields.append(_checked(name, value))

    def set(self, name: str, value: str) -> None:
        """Replace all fields with this name by a single one at the end; raises ValueError if it isn't valid."""
        field = _checked(name, value)
        self.remove(name)
        self._fields.append(field)

    def get(self, name: str) -> str | None:
        """Return the value of the first field with this name, or None."""
        return next(iter(self.get_all(name)), None)

    def get_all(self, name: str) -> list[str]:
        """Return the values of all fields with this name."""
        wanted = name.lower()
        return [value for field, value in self._fields if field.lower() == wanted]

    def remove(self, name: str) -> int:
        """Remove all fields with this name and return how many these were."""
        unwanted = name.lower()
        kept = [(field, value) for field, value in self._fields if field.lower() != unwanted]
        removed = len(self._fields) - len(kept)
        self._fields = kept
        return removed

    def render(self) -> bytes:
        """Return the fields as they are sent, with the empty line after them."""
        return "".join([*(f"{name}: {value}\r\n" for name, value in self._fields), "\r\n"]).encode("latin-1")


def parse_headers(block: bytes) -> HeaderMap:
    """Return the fields of a received block of lines; raises ValueError for a malformed line."""
    headers = HeaderMap()
    for line in block.decode("latin-1").split("\r\n"):
        if not line:
            break
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError(f"not a header field: {line!r}")
        headers.add(name, value)
    return headers


def without_hop_by_hop(headers: HeaderMap) -> HeaderMap:
    """Return a copy without the fields that a proxy must not pass on."""
    forwarded = HeaderMap(headers)
    for value in headers.get_all("Connection"):
        for name in value.split(","):
            forwarded.remove(name.strip())
    for name in ("Connection", "Keep-Alive", "Proxy-Connection", "TE", "Transfer-Encoding", "Upgrade"):
        forwarded.remove(name)
    return forwarded


def _checked(name: str, value: str) -> tuple[str, str]:
    """Return a field without the blanks around its value; raises ValueError if it isn't valid."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not the name of a header field: {name!r}")
    if any(character in "\r\n\0" or ord(character) > 255 for character in value):
        raise ValueError(f"the value of {name} has forbidden characters")
    return name, value.strip(" \t")
