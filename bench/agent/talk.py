"""What is said in the two conversations of the memory bench: made from templates, the same each time."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
from bench.agent.answers import Answer

DATA = Path(__file__).parent / "memory.toml"
TURNS = 30
# English prose of qwen's tokenizer has more characters to a token: so much is at least so many tokens too few, never
# too many.
CHARS_PER_TOKEN = 4
_FILLER_CHARS = 2400
_TOLD_AT_ONCE = 5

Purpose = Literal["turn", "told", "filler", "asked"]


class Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Told early, asked for at the end."""

    tell: str
    ask: str
    answer: Answer


class Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file beside this one; its comments say what the fields mean."""

    seed: int
    turns: tuple[str, ...]
    fillers: tuple[str, ...]
    filler_end: str
    slots: Mapping[str, tuple[str, ...]]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """What a user says. `fact`: the one that is asked for."""

    purpose: Purpose
    text: str
    fact: Fact | None = None


def data() -> Data:
    return msgspec.convert(tomllib.loads(DATA.read_text(encoding="utf-8")), Data)


def turns(known: Data, count: int = TURNS) -> list[Line]:
    """The turns about a repository."""
    draw = random.Random(known.seed)
    return [Line("turn", _filled(draw.choice(known.turns), known, draw)) for _ in range(count)]


def facts(known: Data, tokens: int) -> list[Line]:
    """The facts, so much else that all of it has about so many tokens, the questions."""
    told = list(_told(known))
    asked = [Line("asked", f"{one.ask} Answer in one short sentence.", one) for one in known.facts]
    draw, left = random.Random(known.seed), tokens * CHARS_PER_TOKEN - sum(len(one.text) for one in (*told, *asked))
    fillers: list[Line] = []
    while left > 0:
        text = f"{_prose(known, draw)} {known.filler_end}"
        fillers.append(Line("filler", text))
        left -= len(text)
    return [*told, *fillers, *asked]


def _told(known: Data) -> Iterator[Line]:
    for at in range(0, len(known.facts), _TOLD_AT_ONCE):
        said = " ".join(one.tell for one in known.facts[at : at + _TOLD_AT_ONCE])
        yield Line("told", f"Please remember this about our project. {said} Answer with one word: noted.")


def _prose(known: Data, draw: random.Random) -> str:
    said = ""
    while len(said) < _FILLER_CHARS:
        said += _filled(draw.choice(known.fillers), known, draw) + " "
    return said.strip()


def _filled(template: str, known: Data, draw: random.Random) -> str:
    return template.format(**{name: draw.choice(values) for name, values in known.slots.items()})
