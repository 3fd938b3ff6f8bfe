"""What a `models.toml` of the user or team says of models: families of their own, and single models' abilities."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, TypeVar, cast

import msgspec
from msgspec import Meta

from postil.core.data import Entry
from postil.core.models.abilities import Infill, Prefill, Thinking
from postil.core.models.families import Families, Family, FimTokens, families, resolved
from postil.core.models.names import full_name
from postil.core.review.profile import UNMEASURED, profiles

T = TypeVar("T", bound=Entry)

_AT = re.compile(r" - at `\$\.?(?:\[\.\.\.\])?(.*)`\Z")
# How msgspec names TOML's types.
_WORDS = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
}
_TYPES = re.compile(r"`((?:(?:str|int|float|bool|array|object|null)(?: \| )?)+)`")
_KEYS = ("tokens", "families", "models")


class ModelRow(Entry, frozen=True, kw_only=True):
    """A table `[models."NAME"]`; None = not stated. Where a model runs is no part of it: that is the engine's word."""

    chat: bool | None = None
    thinking: Thinking | None = None
    prefill: Prefill | None = None
    infill: Infill | None = None
    logprobs: bool | None = None
    schema: bool | None = None
    tools: bool | None = None
    embedding: bool | None = None
    context: Annotated[int, Meta(ge=256, le=100_000_000)] | None = None
    profile: str | None = None


class ModelOverride(ModelRow, frozen=True, kw_only=True):
    """The row of one model, and the file in which it stands."""

    source: str = "models.toml"


@dataclass(frozen=True, slots=True)
class ModelsProblem:
    """`path`: the keys, with the number of a row of `families`; () = the whole file. `line`: 0-based, of a text that
    isn't TOML."""

    path: tuple[str | int, ...]
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class KnownModels:
    """The families, and the rows of single models by their full name in small letters."""

    families: Families = field(default_factory=families)
    models: Mapping[str, ModelOverride] = field(default_factory=dict[str, ModelOverride])

    def __hash__(self) -> int:
        return hash((len(self.families.families), tuple(self.models)))

    def override(self, name: str) -> ModelOverride | None:
        """The row of a model; `NAME` and `NAME:latest` are the same."""
        return self.models.get(full_name(name))

    def profile(self, stated: ModelOverride | None, family: Family | None, parameters: float | None) -> str:
        """The name of a model's review profile."""
        if stated is not None and stated.profile is not None:
            return stated.profile
        return family.review_profile(parameters) if family is not None else UNMEASURED

    def family(self, names: Sequence[str], architecture: str = "") -> Family | None:
        return self.families.find(names, architecture)


def parse_models(
    text: str, base: KnownModels, source: str = "models.toml"
) -> tuple[KnownModels, tuple[ModelsProblem, ...]]:
    """`base` with what a file adds, and the problems. A row that is wrong is left out, the others count."""
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) - 1 if found else None
        return base, (ModelsProblem((), f"not valid TOML: {error}", line),)
    problems = [
        ModelsProblem((key,), "there is no such key: tokens, families and models are")
        for key in table
        if key not in _KEYS
    ]
    tokens = _named(table, "tokens", FimTokens, problems)
    rows = list(_rows(table, problems))
    added = _added(tokens, rows, base.families.tokens, problems)
    overrides: dict[str, ModelOverride] = {}
    for name, row in _named(table, "models", ModelRow, problems).items():
        if row.profile is not None and row.profile not in profiles():
            known = ", ".join(profiles())
            problems.append(ModelsProblem(("models", name, "profile"), f"there is no such profile: {known} are"))
            continue
        overrides[full_name(name)] = ModelOverride(**msgspec.structs.asdict(row), source=source)
    return KnownModels(added.before(base.families), {**base.models, **overrides}), tuple(problems)


def _added(
    tokens: Mapping[str, FimTokens],
    rows: Sequence[tuple[int, Family]],
    named: Mapping[str, FimTokens],
    problems: list[ModelsProblem],
) -> Families:
    """The families without contradictions."""
    found: list[Family] = []
    for number, row in rows:
        one, wrong = resolved(Families(tokens=tokens, families=(row,)), named)
        problems += [ModelsProblem(("families", number), message) for message in wrong]
        found += one.families if one is not None else ()
    return Families(tokens=tokens, families=tuple(found))


def _rows(table: Mapping[str, object], problems: list[ModelsProblem]) -> Iterator[tuple[int, Family]]:
    given = table.get("families", [])
    if not isinstance(given, list):
        problems.append(ModelsProblem(("families",), "should be tables [[families]]"))
        return
    for number, row in enumerate(cast("list[object]", given)):
        found = _converted(row, Family, ("families", number), problems)
        if found is not None:
            yield number, found


def _named(table: Mapping[str, object], key: str, kind: type[T], problems: list[ModelsProblem]) -> dict[str, T]:
    """The tables `[key.NAME]`."""
    given = table.get(key, {})
    if not isinstance(given, dict):
        problems.append(ModelsProblem((key,), f'should be tables [{key}."NAME"]'))
        return {}
    rows = cast("dict[str, object]", given)
    found = {name: _converted(row, kind, (key, name), problems) for name, row in rows.items()}
    return {name: row for name, row in found.items() if row is not None}


def _converted(value: object, kind: type[T], path: tuple[str | int, ...], problems: list[ModelsProblem]) -> T | None:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        problems.append(_problem(str(error), path))
        return None


def _problem(text: str, path: tuple[str | int, ...]) -> ModelsProblem:
    """msgspec's message with its place as keys: "Invalid enum value 'yes' - at `$.thinking`"."""
    at = _AT.search(text)
    message = _AT.sub("", text)
    keys = tuple(re.sub(r"\[.*", "", part) for part in at[1].split(".")) if at else ()
    path = (*path, *(key for key in keys if key))
    if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", message):
        return ModelsProblem((*path, unknown[1]), "there is no such key")
    message = _TYPES.sub(
        lambda found: " or ".join(_WORDS[word] for word in found[1].split(" | ") if word in _WORDS), message
    )
    return ModelsProblem(path, message[:1].lower() + message[1:])


_used: KnownModels | None = None


def use_known(found: KnownModels | None) -> None:
    """Make `known` return this; None = what is shipped."""
    global _used
    _used = found


def known() -> KnownModels:
    """What is known of models in this process."""
    return _used or _shipped()


@cache
def _shipped() -> KnownModels:
    return KnownModels()
