"""Which units may be what a failing check complains of, the likeliest first. Tests are never suspects."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from postil.core.actions.test_places import is_test
from postil.core.context.words import IDENTIFIER
from postil.core.review.finding import Span
from postil.core.syntax.units import Unit
from postil.core.verify.places import Place
from postil.core.verify.reports.executed import Executed
from postil.core.verify.rewrites.candidate import own_name

# More would share the samples until each has one.
MAX_SUSPECTS = 6

# Changed units of a working tree: half of the suspects. With more of them nothing says that the test is about them.
_FEW_CHANGES = 3

# What no fix may change: how a check is run.
_CONFIGURATION = re.compile(
    r"(?:^|/)(?:conftest|setup|noxfile|fabfile|tasks)\.py$|(?:^|/)[\w.-]*\.config\.[cm]?[jt]s$|(?:^|/)build\.rs$|\.d\.ts$"
)
# Languages of data and prose. A fix is a change of code.
_NO_CODE = frozenset(
    {
        "plaintext",
        "markdown",
        "json",
        "jsonc",
        "json5",
        "yaml",
        "toml",
        "ini",
        "properties",
        "html",
        "css",
        "xml",
        "csv",
    }
    | {"dockerfile", "makefile", "ignore", "diff", "restructuredtext", "svg", "log", "modelfile"}
)
# What makes an object: every test names it, and few defects are in it.
_CONSTRUCTORS = frozenset({"new", "New", "__init__", "constructor", "init", "default", "with_capacity"})
_GO_CONSTRUCTOR = re.compile(r"New[A-Z]")
# Words of Python's own, which name no function `most`.
_TRACEBACK = "(most recent call last)"
# Shorter names are in every text, but not those of two Chinese characters.
_LEAST_NAME = 3


@dataclass(frozen=True, slots=True)
class Suspect:
    """A unit of the file at `path` (relative to the workspace). `reason`: why it is one, for people; `traced`: the
    failure's trace leads there."""

    path: str
    unit: Unit
    reason: str
    traced: bool = False

    @property
    def key(self) -> tuple[str, int]:
        """The same for all suspicions of one unit."""
        return self.path, self.unit.first_line

    @property
    def place(self) -> str:
        return f"{self.path}:{self.unit.first_line + 1}"


def may_be_suspect(path: str, language: str, *, named: bool = False) -> bool:
    """Whether a fix may change this file: code that is neither a test nor configuration, unless it was `named`."""
    return language not in _NO_CODE and (named or (not is_test(path) and not _CONFIGURATION.search(path)))


def find_suspects(
    files: Mapping[str, Sequence[Unit]],
    frames: Sequence[Place],
    changed: Mapping[str, Sequence[Span]],
    words: str,
    executed: Sequence[Executed] = (),
    *,
    chosen: bool = False,
    saved: str = "",
) -> list[Suspect]:
    """Of the units of `files`: those in which the failure has a frame (`frames`: the innermost first, with paths as in
    `files`), those with changed lines near the test, those that the failing test runs (`executed`: the likeliest first)
    or that its `words` name, those with changed lines elsewhere, and those whose names are in these. What the test
    doesn't run, where that is known, comes behind what it runs. `chosen`: the user has named the files, so that all
    others of them follow, as do those of the file that was `saved`."""
    words = words.replace(_TRACEBACK, "")
    found: dict[tuple[str, int], Suspect] = {}
    named = list(_named(files, words))
    places = {one.key: rank for rank, one in enumerate(named)}
    altered, others = _near(list(_changed(files, changed)), named, places)
    framed = list(_framed(files, frames))
    # The outermost frame of a script is the script that asserts: code outside of functions comes last.
    inner, outer = ([one for one in framed if (one.unit.kind == "module") is kind] for kind in (False, True))
    ran = _executed(files, executed, places)
    if ran:
        run = {one.key for one in ran}
        likely = [one for one in (*altered, *others) if one.key in run]
        order = (*inner, *likely, *ran, *altered, *named, *others, *outer)
    else:
        order = (*inner, *altered, *named, *others, *outer)
    for one in order:
        found.setdefault(one.key, one)
    for one in tuple(found.values()):
        for other in _named(files, one.unit.text, f"used by {own_name(one.unit)}"):
            found.setdefault(other.key, other)
    for unit in files.get(saved, ()):
        found.setdefault((saved, unit.first_line), Suspect(saved, unit, "its file was saved"))
    for path, units in files.items() if chosen else ():
        for unit in units:
            found.setdefault((path, unit.first_line), Suspect(path, unit, "its file was named"))
    return list(found.values())[:MAX_SUSPECTS]


def _framed(files: Mapping[str, Sequence[Unit]], frames: Sequence[Place]) -> Iterator[Suspect]:
    for frame in frames:
        for unit in files.get(frame.path, ()):
            if unit.first_line <= frame.line < unit.last_line:
                yield Suspect(frame.path, unit, f"line {frame.line + 1} is in the failure's trace", traced=True)


def _executed(
    files: Mapping[str, Sequence[Unit]], executed: Sequence[Executed], named: Collection[tuple[str, int]]
) -> list[Suspect]:
    """The units that the failing test runs: what fewer of the passing tests run comes first, of these what it names,
    and constructors last."""
    found: list[tuple[tuple[int, bool, bool], Suspect]] = []
    for one in executed:
        for unit in files.get(one.place.path, ()):
            if unit.kind in ("function", "method") and unit.first_line <= one.place.line < unit.last_line:
                reason = "the failing test runs it" + _shared(one.passing)
                suspect = Suspect(one.place.path, unit, reason)
                found.append(((one.passing or 0, _is_constructor(unit), suspect.key not in named), suspect))
    return [suspect for _, suspect in sorted(found, key=lambda one: one[0])]


def _is_constructor(unit: Unit) -> bool:
    name = own_name(unit)
    return name in _CONSTRUCTORS or (unit.language == "go" and bool(_GO_CONSTRUCTOR.match(name)))


def _shared(passing: int | None) -> str:
    if passing is None:
        return ""
    if not passing:
        return ", and no test that passes does"
    return f", and so {'does 1 test that passes' if passing == 1 else f'do {passing} tests that pass'}"


def _near(
    altered: Sequence[Suspect], named: Sequence[Suspect], places: Mapping[tuple[str, int], int]
) -> tuple[list[Suspect], list[Suspect]]:
    """The changed units that are named, in the order of their names, and those that named ones use; and all others.
    Where few are changed, none is another."""
    used = {word for one in named for word in IDENTIFIER.findall(one.unit.text)}
    near = [one for one in altered if len(altered) <= _FEW_CHANGES or one.key in places or own_name(one.unit) in used]
    near.sort(key=lambda one: places.get(one.key, len(places)))
    return near, [one for one in altered if one not in near]


def _changed(files: Mapping[str, Sequence[Unit]], changed: Mapping[str, Sequence[Span]]) -> Iterator[Suspect]:
    for path, spans in changed.items():
        for unit in files.get(path, ()):
            if any(span.first < unit.last_line and unit.first_line <= span.last for span in spans):
                yield Suspect(path, unit, "it was changed")


def _named(files: Mapping[str, Sequence[Unit]], words: str, reason: str = "") -> Iterator[Suspect]:
    """The units whose names are among the words, in the words' order, constructors last; all words come before
    parts of `test_names`."""
    order: dict[str, int] = {}
    for match in IDENTIFIER.finditer(words):
        order.setdefault(match[0], len(order))
    for word in tuple(order):
        # `test_total_of_none` and `TestTotal` name `total` and `Total`, after all that is named whole.
        if word.startswith("test_"):
            parts = word.split("_")[1:]
            for size in range(len(parts), 0, -1):
                order.setdefault("_".join(parts[:size]), len(order) + size)
        elif word.startswith("Test"):
            order.setdefault(word[4:], len(order))
    ranked = [
        (_is_constructor(unit), order[name], path, unit)
        for path, units in files.items()
        for unit in units
        if unit.kind in ("function", "method")
        and (name := own_name(unit)) in order
        and (len(name) >= _LEAST_NAME or not name.isascii())
    ]
    ranked.sort(key=lambda one: (*one[:3], one[3].first_line))
    for *_, path, unit in ranked:
        yield Suspect(path, unit, reason or "the failing test names it")
