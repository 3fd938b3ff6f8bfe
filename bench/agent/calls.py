"""What may be called, and whether a call is well-formed, and one that is wanted."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import msgspec


class Predicate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Of one argument. `equals`: as text, paths without `./`. `matches`: found in it, without regard to case.
    `absent`: it may not be given (or be empty)."""

    equals: str | int | None = None
    matches: str | None = None
    absent: bool = False

    def __post_init__(self) -> None:
        if (self.equals is not None) + (self.matches is not None) + self.absent != 1:
            raise ValueError("one of equals, matches, absent")
        if self.matches is not None:
            re.compile(self.matches)


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A call that is right."""

    name: str
    arguments: Mapping[str, Predicate] = {}

    def __post_init__(self) -> None:
        if self.name not in SIGNATURES:
            raise ValueError(f"there is no tool {self.name!r}")
        if unknown := set(self.arguments) - set(SIGNATURES[self.name].types):
            raise ValueError(f"{self.name} has no {', '.join(sorted(unknown))}")


@dataclass(frozen=True, slots=True)
class Signature:
    """`types`: of all arguments; those in `needed` must be there. `lines`: numbers. `values`: of those that have no
    others."""

    needed: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    types: Mapping[str, type] = field(init=False)

    def __post_init__(self) -> None:
        names = {name: str for name in (*self.needed, *self.optional)}
        object.__setattr__(self, "types", {**names, **{name: int for name in self.lines}})


# As the issue names them; what a task doesn't need of them is not measured here.
SIGNATURES: Mapping[str, Signature] = {
    "read": Signature(("path",), lines=("from_line", "to_line")),
    "list": Signature(optional=("path",)),
    "find": Signature(("text",)),
    "symbol": Signature(("name",)),
    "search": Signature(("question",)),
    "edit": Signature(("path", "old", "new")),
    "check": Signature(optional=("name",)),
    "run": Signature(("command",)),
    "review": Signature(("path",)),
    "fix": Signature(optional=("path", "complaint", "check")),
    "git": Signature(("what",), ("path", "revision"), values={"what": ("status", "diff", "log", "show", "blame")}),
    "diagnostics": Signature(optional=("path",)),
    "calculate": Signature(("expression",)),
    "recall": Signature(("query",)),
}


def arguments_of(text: str) -> dict[str, object] | None:
    """The arguments of a call; None where the text is no JSON object."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def valid(name: str, text: str) -> bool:
    """Whether a call is of a tool that is there, with the arguments that it needs and no others, of their types. None
    for an optional argument counts as left out."""
    signature, given = SIGNATURES.get(name), arguments_of(text)
    if signature is None or given is None:
        return False
    if any(not isinstance(given.get(one), str) for one in signature.needed):
        return False
    for key, value in given.items():
        kind = signature.types.get(key)
        if kind is None:
            return False
        if value is None and key not in signature.needed:
            continue
        # A number as text is what small models write, and what the tools take. A bool is an int in Python, and no line.
        if kind is int and isinstance(value, str) and value.strip().isdecimal():
            continue
        if not isinstance(value, kind) or isinstance(value, bool):
            return False
        if key in signature.values and value not in signature.values[key]:
            return False
    return True


def meets(name: str, text: str, wanted: Wanted) -> bool:
    """Whether a call is the one that is wanted."""
    given = arguments_of(text)
    if name != wanted.name or given is None:
        return False
    return all(_holds(given.get(key), predicate) for key, predicate in wanted.arguments.items())


def _holds(value: object, predicate: Predicate) -> bool:
    if predicate.absent:
        return value in (None, "", ".")
    if value is None:
        return False
    text = str(value).strip()
    if predicate.equals is not None:
        wanted = str(predicate.equals)
        return text == wanted or (bool(text) and posixpath.normpath(text) == posixpath.normpath(wanted))
    return re.search(predicate.matches or "", text, re.IGNORECASE) is not None
