"""Which functions a failing test runs, as its runner tells, and how many of the passing tests run them, too."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from postil.core.verify.places import Place

# Of a test suite of some thousand tests; more isn't read.
MAX_CHARS = 32_000_000
# `module/path/file.go:10.20,12.2 3 1`: begin, end, statements, how often (golang.org/x/tools/cover).
_GO_BLOCK = re.compile(r"(.+\.go):(\d{1,9})\.\d+,\d+\.\d+ \d+ (\d+)")


@dataclass(frozen=True, slots=True)
class Executed:
    """A line of a function that the failing test runs. `passing`: of the tests that pass, how many run it; None where
    nobody told."""

    place: Place
    passing: int | None = None


class _Line(msgspec.Struct):
    """What plugins/pytest_functions.py writes of a test."""

    test: str
    functions: list[tuple[str, int]]


def read_functions(text: str) -> dict[str, tuple[Place, ...]]:
    """By test, the functions that it runs in the order of the first calls. Lines that can't be read are left out: the
    code under test may write to the file, too."""
    decoder = msgspec.json.Decoder(_Line)
    found: dict[str, tuple[Place, ...]] = {}
    for line in text[:MAX_CHARS].splitlines():
        try:
            one = decoder.decode(line)
        except (msgspec.DecodeError, ValueError):
            continue
        places = (Place(path, max(0, number - 1)) for path, number in one.functions)
        found[one.test] = tuple(dict.fromkeys((*found.get(one.test, ()), *places)))
    return found


def executed_by(test: str, told: Mapping[str, Sequence[Place]], passing: Collection[str]) -> tuple[Executed, ...]:
    """What the failing test runs: first what the fewest of the `passing` tests run. With one failing test this is the
    order of every measure of spectrum-based fault localisation (Ochiai, Tarantula)."""
    shared = Counter(place for name in passing for place in dict.fromkeys(told.get(name, ())))
    found = [Executed(place, shared[place]) for place in told.get(test, ())]
    return tuple(sorted(found, key=lambda one: one.passing or 0))


def read_go_profile(text: str) -> tuple[Executed, ...]:
    """What a run of `go test -coverprofile` has executed. Paths begin with the name of the module."""
    found: dict[Place, None] = {}
    for line in text[:MAX_CHARS].splitlines():
        block = _GO_BLOCK.fullmatch(line)
        if block and block[3] != "0":
            found.setdefault(Place(block[1], int(block[2]) - 1))
    return tuple(Executed(place) for place in found)


def known_path(path: str, known: Collection[str]) -> str | None:
    """The one of the `known` paths that is the longest end of a path which begins with a module's name."""
    while path:
        if path in known:
            return path
        path = path.partition("/")[2]
    return None
