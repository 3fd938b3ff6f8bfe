"""Turns as JSON, with the version of their form."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace

import msgspec

from postil.core.agent.compaction import pruned
from postil.core.agent.tool import ToolCall
from postil.core.agent.turns import Answered, Asked, Result, Summary, Turn

VERSION = 1
# Of one conversation, before it is packed; results are left out of one that is longer.
MOST_BYTES = 8_000_000


class UnknownForm(Exception):
    """It isn't what this version of Postil writes."""


class _Call(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    name: str
    arguments: str


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="asked"):
    text: str
    found: str = ""


class _Answered(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="answered"):
    text: str
    calls: tuple[_Call, ...] = ()


class _Result(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag="result"):
    call: _Call
    text: str
    title: str = ""
    failed: bool = False
    pruned: bool = False


class _Summary(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="summary"):
    text: str


_Turn = _Asked | _Answered | _Result | _Summary


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    turns: tuple[_Turn, ...]


class _Version(msgspec.Struct, frozen=True):
    version: int


def packed(turns: Sequence[Turn]) -> bytes:
    """Raises ValueError where they are too long even without results."""
    data = _encoded(turns)
    if len(data) > MOST_BYTES:
        data = _encoded(pruned(turns))
    if len(data) > MOST_BYTES:
        raise ValueError(f"the conversation is longer than {MOST_BYTES // 1_000_000} MB")
    return zlib.compress(data)


def unpacked(data: bytes) -> tuple[Turn, ...]:
    """Raises UnknownForm."""
    try:
        unpacker = zlib.decompressobj()
        whole = unpacker.decompress(data, MOST_BYTES + 1)
        if len(whole) > MOST_BYTES or not unpacker.eof:
            raise UnknownForm("it is damaged")
        version = msgspec.json.decode(whole, type=_Version).version
        if version != VERSION:
            raise UnknownForm(f"another version of Postil has written it (form {version})")
        return tuple(_turn(one) for one in msgspec.json.decode(whole, type=_Kept).turns)
    except (zlib.error, msgspec.DecodeError, RecursionError) as error:
        raise UnknownForm(f"it is damaged ({error})") from error


def _encoded(turns: Sequence[Turn]) -> bytes:
    return msgspec.json.encode(_Kept(VERSION, tuple(_written(_encodable(one)) for one in turns)))


def _encodable(turn: Turn) -> Turn:
    """An editor's buffer may hold lone surrogates, which JSON can't."""
    text = turn.text if turn.text.isascii() else turn.text.encode("utf-8", "replace").decode()
    match turn:
        case Asked(_, found):
            return replace(turn, text=text, found=found.encode("utf-8", "replace").decode())
        case _:
            return replace(turn, text=text)


def _written(turn: Turn) -> _Turn:
    match turn:
        case Asked(text, found):
            return _Asked(text, found)
        case Answered(text, calls):
            return _Answered(text, tuple(_call(one) for one in calls))
        case Result(call, text, title, failed, shortened):
            return _Result(_call(call), text, title.encode("utf-8", "replace").decode(), failed, shortened)
        case Summary(text):
            return _Summary(text)


def _call(call: ToolCall) -> _Call:
    id, name, arguments = (text.encode("utf-8", "replace").decode() for text in (call.id, call.name, call.arguments))
    return _Call(id, name, arguments)


def _turn(kept: _Turn) -> Turn:
    match kept:
        case _Asked():
            return Asked(kept.text, kept.found)
        case _Answered():
            return Answered(kept.text, tuple(ToolCall(one.id, one.name, one.arguments) for one in kept.calls))
        case _Result():
            call = ToolCall(kept.call.id, kept.call.name, kept.call.arguments)
            return Result(call, kept.text, kept.title, kept.failed, kept.pruned)
        case _Summary():
            return Summary(kept.text)
