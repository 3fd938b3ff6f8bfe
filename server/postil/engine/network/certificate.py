"""The names and dates in an X.509 certificate, for messages: nothing here decides about trust.

The standard library reads certificates only of servers that it trusts. This reads just the fields that a message about
another one names (RFC 5280, DER).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from postil.core.text.plain import one_line

_SEQUENCE, _SET, _OID = 0x30, 0x31, 0x06
_UTC_TIME, _VERSION, _EXTENSIONS = 0x17, 0xA0, 0xA3
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87
_COMMON_NAME, _ORGANISATION = b"\x55\x04\x03", b"\x55\x04\x0a"
_ALTERNATIVE_NAMES = b"\x55\x1d\x11"
# Of names that a stranger has chosen, in one of our messages.
_SHOWN = 60
_MOST_NAMES = 4


@dataclass(frozen=True, slots=True)
class Certificate:
    """`names`: of the hosts that it is for."""

    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    names: tuple[str, ...] = ()


def parsed(der: bytes) -> Certificate | None:
    """The certificate; None for bytes that are none."""
    try:
        return _certificate(der)
    except (ValueError, IndexError, OverflowError):
        return None


def _certificate(der: bytes) -> Certificate:
    body = _content(_content(der, _SEQUENCE), _SEQUENCE)
    fields = list(_items(body))
    if fields[0][0] == _VERSION:
        del fields[0]
    # serial number, signature algorithm, issuer, validity, subject, public key
    _, _, (_, issuer), (_, validity), (_, subject), _, *rest = fields
    (before_tag, before), (after_tag, after) = _items(validity)
    extensions = next((content for tag, content in rest if tag == _EXTENSIONS), b"")
    return Certificate(
        _name(subject),
        _name(issuer),
        _time(before_tag, before),
        _time(after_tag, after),
        tuple(_alternatives(extensions))[:_MOST_NAMES],
    )


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The elements of a constructed value: tag and content."""
    place = 0
    while place < len(data):
        tag, length = data[place], data[place + 1]
        place += 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(data[place : place + size], "big")
            place += size
        if place + length > len(data):
            raise ValueError("an element is longer than what holds it")
        yield tag, data[place : place + length]
        place += length


def _content(data: bytes, tag: int) -> bytes:
    """The content of the first element, which has that tag."""
    found, content = next(_items(data), (0, b""))
    if found != tag:
        raise ValueError("another element was expected")
    return content


def _name(data: bytes) -> str:
    """The common name, or the organisation of a name without one."""
    found: dict[bytes, str] = {}
    for _, part in _items(data):
        for _, pair in _items(part):
            (_, kind), (_, value) = _items(pair)
            found.setdefault(kind, one_line(value.decode("utf-8", "replace"))[:_SHOWN])
    return found.get(_COMMON_NAME) or found.get(_ORGANISATION) or "without a name"


def _time(tag: int, data: bytes) -> datetime:
    text = data.decode("ascii")
    if tag == _UTC_TIME:
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)


def _alternatives(extensions: bytes) -> Iterator[str]:
    if not extensions:
        return
    for _, extension in _items(_content(extensions, _SEQUENCE)):
        parts = [content for _, content in _items(extension)]
        if parts[0] != _ALTERNATIVE_NAMES:
            continue
        for tag, value in _items(_content(parts[-1], _SEQUENCE)):
            if tag == _DNS_NAME:
                yield one_line(value.decode("utf-8", "replace"))[:_SHOWN]
            elif tag == _IP_ADDRESS and len(value) == 4:
                yield ".".join(str(byte) for byte in value)
            elif tag == _IP_ADDRESS:
                yield value.hex(":", 2)
