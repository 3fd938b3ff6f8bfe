"""The path for the tests of a file (data/test_places.toml), following the tests that the project has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from postil.core.data import Entry, load_data


class Place(Entry, frozen=True, kw_only=True):
    """A row of the table."""

    names: tuple[str, ...]
    folders: tuple[str, ...]
    beside: bool


@cache
def places() -> Mapping[str, Place]:
    """The shipped table, by language id."""
    return load_data("test_places.toml", dict[str, Place])


def place_of_tests(path: str, language: str, files: Iterable[str]) -> str | None:
    """The path for the tests of the code at `path`. All paths are relative to the project, with `/`; `files` are the
    project's. In this order: the existing test file; a path formed like that of the nearest other test; the language's
    usual place. None for a language that isn't in the table."""
    place = places().get(language)
    if place is None:
        return None
    folder, _, file = path.rpartition("/")
    stem = file.rpartition(".")[0] or file
    wanted = [name.replace("{name}", stem) for name in place.names]
    others = [(one, name) for one in files if one != path and (name := _named(one, place)) is not None]

    def near(pair: tuple[str, str]) -> tuple[int, int, str]:
        return -_shared(pair[0], path), pair[0].count("/"), pair[0]

    there = [(one, name) for one, name in others if one.rpartition("/")[2] in wanted]
    if there:
        return min(there, key=near)[0]
    if others:
        nearest, name = min(others, key=near)
        home = nearest.rpartition("/")[0] if _among_tests(nearest, place) else folder
        return _joined(home, name.replace("{name}", stem))
    return _joined(folder if place.beside or not place.folders else place.folders[0], wanted[0])


def is_test(path: str) -> bool:
    """Whether a file is a test or stands among tests, in any language. The path is relative to the
    project, with `/`."""
    return any(_named(path, place) is not None or _among_tests(path, place) for place in places().values())


def _joined(folder: str, file: str) -> str:
    return f"{folder}/{file}" if folder else file


def _named(path: str, place: Place) -> str | None:
    """The name pattern that makes a file a test; None if it isn't one. Rust's integration tests have no pattern, so
    their folder counts."""
    for name in place.names:
        start, _, end = name.partition("{name}")
        plain = not start and end.count(".") == 1 and end.startswith(".")
        if re.fullmatch(f"{re.escape(start)}.+{re.escape(end)}", path.rpartition("/")[2]):
            return name if not plain or _among_tests(path, place) else None
    return None


def _among_tests(path: str, place: Place) -> bool:
    """Whether the file is in a folder for tests."""
    return any(f"/{folder}/" in f"/{path}" for folder in place.folders)


def _shared(one: str, other: str) -> int:
    """The number of leading folders that two paths have in common."""
    count = 0
    for mine, its in zip(one.split("/")[:-1], other.split("/")[:-1], strict=False):
        if mine != its:
            break
        count += 1
    return count
