"""The meaning of commands and header keys, for completion and hover (data/modelfile.toml)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import get_args

import msgspec

from postil.core.data import Entry, load_data
from postil.core.modelfile.commands import COMMANDS
from postil.core.persona.header import HEADER_KEYS, THINK, Changes, Does, Method, PersonaRole, Trigger
from postil.core.review.finding import Severity

# The values of the header keys that are a choice.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "role": get_args(PersonaRole),
    "method": get_args(Method),
    "does": get_args(Does),
    "changes": get_args(Changes),
    "triggers": get_args(Trigger),
    "think": tuple(THINK),
    "severity": tuple(severity.name.lower() for severity in Severity),
}


class CommandWords(Entry, frozen=True, kw_only=True):
    meaning: str
    example: str


class KeyWords(Entry, frozen=True, kw_only=True):
    meaning: str
    values: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])


class Words(Entry, frozen=True, kw_only=True):
    """Commands by their name in capitals, header keys as they are written."""

    commands: Mapping[str, CommandWords]
    header: Mapping[str, KeyWords]


@cache
def words() -> Words:
    """The shipped table. ValueError when it and the grammar don't agree."""
    found = load_data("modelfile.toml", Words)
    if set(found.commands) != {name.upper() for name in COMMANDS} or set(found.header) != set(HEADER_KEYS):
        raise ValueError("data/modelfile.toml: the commands or keys are not those that there are")
    for key, entry in found.header.items():
        if set(entry.values) != set(CHOICES.get(key, ())):
            raise ValueError(f"data/modelfile.toml: the values of {key} are not those that it takes")
    return found
