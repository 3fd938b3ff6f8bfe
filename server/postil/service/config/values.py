"""Checks one value against its setting and converts it if its meaning is clear. Otherwise says what it should be."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, cast

import msgspec
import rapidfuzz
from msgspec import inspect

from postil.settings import Section, Settings

# Editors' forms, environment variables and templates pass numbers and booleans as text.
_ON, _OFF = ("true", "yes", "on", "t", "y", "1"), ("false", "no", "off", "f", "n", "0")
_SWITCHES: dict[str, object] = {**dict.fromkeys(_ON, True), **dict.fromkeys(_OFF, False)}
_WHOLE = re.compile(r"\s*([+-]?\d+(?:_\d+)*)(?:\.0*)?\s*", re.ASCII)
# Characters of a value in a message, which is one line.
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class SettingValue:
    """A value, and the section that its last key belongs to. `path` ends at a setting or at an unknown key."""

    path: tuple[str, ...]
    value: Any
    section: type[Section]


def values_in(
    table: Mapping[str, Any], section: type[Section] = Settings, above: tuple[str, ...] = ()
) -> Iterator[SettingValue]:
    """The values of all settings in a nested table. An unknown key is yielded with its whole value."""
    for key, value in table.items():
        path = (*above, str(key))
        kind = _kinds(section).get(path[-1])
        named = _named_section(kind)
        if isinstance(kind, inspect.StructType) and isinstance(value, Mapping):
            yield from values_in(cast("Mapping[str, Any]", value), cast("type[Section]", kind.cls), path)
        elif named is not None and isinstance(value, Mapping) and value:
            pattern = _name_pattern(kind)
            for name, inner in cast("Mapping[str, Any]", value).items():
                if isinstance(inner, Mapping) and re.search(pattern, str(name), re.ASCII):
                    yield from values_in(cast("Mapping[str, Any]", inner), named, (*path, str(name)))
                else:
                    yield SettingValue(path, {name: inner}, section)
        else:
            yield SettingValue(path, value, section)


def checked(given: SettingValue) -> tuple[Any, str | None]:
    """The value converted to its setting's type, or a message why that isn't possible."""
    kind = _kinds(given.section).get(given.path[-1])
    if kind is None:
        return None, _unknown(given)
    field = next(field for field in msgspec.structs.fields(given.section) if field.name == given.path[-1])
    try:
        value = msgspec.convert(_meant(given.value, kind), field.type)
        # JSON text may contain a lone surrogate, which can't be encoded as UTF-8.
        msgspec.json.encode(value)
    except ValueError:
        return None, f"should be {_wish(kind)} (it is {_shown(given.value)})"
    return value, None


def _named_section(kind: inspect.Type | None) -> type[Section] | None:
    """The section of each value of a table whose keys are names that the user chooses."""
    if isinstance(kind, inspect.DictType):
        value = _bare(kind.value_type)
        return cast("type[Section]", value.cls) if isinstance(value, inspect.StructType) else None
    return None


def _name_pattern(kind: inspect.Type | None) -> str:
    """Of the names that the user chooses; they stand between the dots of a key."""
    key = _bare(kind.key_type) if isinstance(kind, inspect.DictType) else None
    return (key.pattern if isinstance(key, inspect.StrType) else None) or "."


@cache
def _kinds(section: type[Section]) -> dict[str, inspect.Type]:
    """The types of a section's settings, without metadata and without None ("not set")."""
    found = inspect.type_info(section)
    assert isinstance(found, inspect.StructType)
    return {field.name: _bare(field.type) for field in found.fields}


def _bare(kind: inspect.Type) -> inspect.Type:
    if isinstance(kind, inspect.Metadata):
        return _bare(kind.type)
    if isinstance(kind, inspect.UnionType):
        kinds = [one for one in kind.types if not isinstance(one, inspect.NoneType)]
        return _bare(kinds[0]) if len(kinds) == 1 else kind
    return kind


def _meant(value: Any, kind: inspect.Type) -> Any:
    """The value converted to its setting's kind if its meaning is clear, otherwise unchanged. May raise ValueError."""
    match kind, value:
        case inspect.BoolType(), str():
            return _SWITCHES.get(value.lower(), value)
        case inspect.UnionType(), str() if not any(map(partial(_is_choice, value), kind.types)):
            return _SWITCHES.get(value.lower(), value)
        case inspect.BoolType(), int() | float() if value in (0, 1):
            return bool(value)
        case inspect.IntType(), bool():
            return int(value)
        case inspect.IntType(), float() if value.is_integer():
            return int(value)
        case inspect.IntType(), str() if found := _WHOLE.fullmatch(value):
            return int(found[1])
        case inspect.FloatType(), bool():
            return float(value)
        case inspect.FloatType(), str() if value.isascii():
            return float(value)
        case _:
            return value


def _is_choice(value: str, kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.LiteralType) and value in kind.values


def _wish(kind: inspect.Type) -> str:
    """What a setting's value should be, for a message."""
    match kind:
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return "a whole number" + _bounds(kind)
        case inspect.FloatType():
            return "a number" + _bounds(kind)
        case inspect.StrType():
            return "a string"
        case inspect.VarTupleType(item_type=inspect.StrType()):
            return "a list of strings"
        case inspect.LiteralType():
            *others, last = (f"'{one}'" for one in kind.values)
            return f"{', '.join(others)} or {last}"
        case inspect.UnionType():
            return ", or ".join(map(_wish, kind.types))
        case inspect.DictType():
            inner, pattern = _wish(_bare(kind.value_type)), _name_pattern(kind)
            letters = "letters" if "A-Z" in pattern else "lower-case letters"
            names = "" if pattern == "." else f" ({letters}, digits, '-' and '_')"
            return f"a table of names{names}, each {inner}"
        case inspect.StructType():
            return f"a table with the keys {', '.join(_kinds(kind.cls))}"
        case _:
            raise TypeError(f"say what a setting of the type {kind} should be")


def _bounds(kind: inspect.IntType | inspect.FloatType) -> str:
    low = f"at least {kind.ge}" if kind.ge is not None else f"above {kind.gt}" if kind.gt is not None else ""
    high = f"at most {kind.le}" if kind.le is not None else f"below {kind.lt}" if kind.lt is not None else ""
    limits = " and ".join(part for part in (low, high) if part)
    return f", {limits}" if limits else ""


def _shown(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)[:_SHOWN]
    except ValueError:  # Python doesn't print integers with thousands of digits.
        return "too long a number"


def _unknown(given: SettingValue) -> str:
    """The message for an unknown key, with the most similar known one."""
    known = list(_kinds(given.section))
    # 70 of 100 allows two wrong letters in a word of six, but doesn't match words that only share an ending.
    best = rapidfuzz.process.extractOne(given.path[-1], known, score_cutoff=70)
    return f"unknown key: did you mean {best[0]}?" if best else f"unknown key: use {', '.join(known)}"
