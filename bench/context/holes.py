"""The holes: rests of lines that use what another file defines, chosen by digest and kept as places."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args

import msgspec
from bench.context.known import TESTS, Definitions, Known
from bench.context.project import File, Project
from tree_sitter import Node

from postil.core.context.words import IDENTIFIER
from postil.core.syntax.tree import encode, parse, walk

PINS = Path(__file__).parent / "holes.json"
PER_PACKAGE = 18
# Of one file: the files of a package differ, the lines of a file less so.
PER_FILE = 3
# Calls of one name: a project's wrapper of the file system would be half of it.
PER_NAME = 2
SHORTEST, LONGEST, LONGEST_LINE = 4, 80, 160

Split = Literal["tune", "report", "last-look"]
Kind = Literal["arguments", "member", "name"]
SPLITS: tuple[Split, ...] = get_args(Split)

_CALLS = {"call": "function", "call_expression": "function", "new_expression": "constructor"}
# An argument that says what it is for.
_TELLING = frozenset({"keyword_argument", "object", "dictionary", "composite_literal", "struct_expression"})
_FUNCTIONS = ("function", "method", "arrow", "closure", "func_literal")


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where a hole is, without its text: row 0-based, columns in code points, `digest` of the line and its place."""

    path: str
    row: int
    first: int
    last: int
    kind: Kind
    split: Split
    digest: str


@dataclass(frozen=True, slots=True)
class Hole:
    """A source with the rest of a line taken out. `arguments`: behind the bracket of a call; `member`: behind the mark
    before a name; `name`: before a name."""

    package: str
    place: Place
    language: str
    before: str
    wanted: str
    after: str

    @property
    def name(self) -> str:
        return f"{self.package}/{self.place.path}:{self.place.row + 1}:{self.place.first + 1}"

    @property
    def rest(self) -> str:
        """The file without the hole."""
        return f"{self.before} {self.after}"


def hole_at(package: str, project: Project, place: Place) -> Hole:
    """RuntimeError when the line isn't what it was."""
    file = project.files.get(place.path)
    lines = file.text.split("\n") if file is not None else []
    if file is None or place.row >= len(lines) or _digest(package, place.path, place.row, lines) != place.digest:
        raise RuntimeError(f"{package}: {place.path}:{place.row + 1} isn't the line that was pinned")
    start = sum(len(line) + 1 for line in lines[: place.row])
    first, last = start + place.first, start + place.last
    return Hole(package, place, file.language, file.text[:first], file.text[first:last], file.text[last:])


def find(package: str, project: Project, language: str, most: int = PER_PACKAGE) -> list[Place]:
    """The holes of a package in the order of their digests, spread over its files, with a third in each split."""
    definitions, triples = Definitions(project), _triples(project)
    by_file: list[list[_Spot]] = []
    for file in project.files.values():
        if file.language.removesuffix("react") == language and _is_usable(file):
            found = _in_file(package, project, file, Known(definitions, file), triples)
            by_file.append(sorted(found, key=lambda spot: spot.place.digest))
    chosen: list[Place] = []
    names: Counter[str] = Counter()
    for _ in range(PER_FILE):
        # Each file once before any is taken from twice.
        for spots in sorted(filter(None, by_file), key=lambda spots: spots[0].place.digest):
            at = next((at for at, spot in enumerate(spots) if names[spot.name] < PER_NAME), None)
            if at is not None and len(chosen) < most:
                spot = spots.pop(at)
                names[spot.name] += 1
                chosen.append(spot.place)
    chosen.sort(key=lambda place: place.digest)
    return [msgspec.structs.replace(place, split=SPLITS[number % len(SPLITS)]) for number, place in enumerate(chosen)]


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place, and the name that is used there."""

    name: str
    place: Place


def _is_usable(file: File) -> bool:
    head = file.text[:800].lower()
    if TESTS.search(file.path) or "do not edit" in head or "@generated" in head or "\r" in file.text:
        return False
    tree = parse(file.text, file.language)
    return tree is not None and not tree.root_node.has_error


def _triples(project: Project) -> Counter[str]:
    """How often three lines follow each other in a project, each file counted once: a file that is there twice would
    show what was taken out of the other."""
    counts: Counter[str] = Counter()
    for file in project.files.values():
        lines = [line.strip() for line in file.text.split("\n")]
        counts.update({"\n".join(lines[at : at + 3]) for at in range(len(lines) - 2)})
    return counts


def _in_file(package: str, project: Project, file: File, known: Known, triples: Counter[str]) -> Iterator[_Spot]:
    tree = parse(file.text, file.language)
    if tree is None or not (known.values or known.modules):
        return
    lines = file.text.split("\n")
    stripped = [line.strip() for line in lines]
    often = Counter(stripped)
    data = encode(file.text).split(b"\n")
    taken: set[int] = set()
    for node in walk(tree.root_node):
        field = _CALLS.get(node.type)
        if field is None:
            continue
        callee, given = node.child_by_field_name(field), node.child_by_field_name("arguments")
        if callee is not None and callee.type == "generic_function":
            callee = callee.child_by_field_name("function")
        name = known.member(callee) if callee is not None else None
        if name is None or callee is None or given is None:
            continue
        row = name.start_point[0]
        on_one_line = given.start_point[0] == row == given.end_point[0]
        if not on_one_line or row in taken or not 0 < row < len(lines) - 1 or not _is_in_function(node):
            continue
        digest = _digest(package, file.path, row, lines)
        kind = _kind(callee, name, given, has_head=bool(data[row][: name.start_point[1]].strip()), digest=digest)
        if kind is None:
            continue
        begin = given.start_point[1] + 1 if kind == "arguments" else name.start_point[1]
        first = len(data[row][:begin].decode("utf-8", "replace"))
        wanted = lines[row][first:]
        around = "\n".join(stripped[row - 1 : row + 2])
        if often[stripped[row]] > 1 or triples[around] > 1 or not _is_fair(project, file, lines, row, wanted):
            continue
        taken.add(row)
        place = Place(file.path, row, first, len(lines[row]), kind, "tune", digest)
        yield _Spot((name.text or b"").decode("utf-8", "replace"), place)


def _kind(callee: Node, name: Node, given: Node, *, has_head: bool, digest: str) -> Kind | None:
    """What is taken out: the name with what follows, or the arguments where they are more than one variable, which
    nothing of another file would tell."""
    before_name: Kind | None = "member" if name.start_byte > callee.start_byte else "name" if has_head else None
    arguments = given.named_children
    is_telling = len(arguments) > 1 or any(one.type in _TELLING for one in arguments)
    if is_telling and (before_name is None or int(digest, 16) % 3):
        return "arguments"
    return before_name


def _is_in_function(node: Node) -> bool:
    inside, at = False, node.parent
    while at is not None:
        if "string" in at.type or "template" in at.type:
            return False
        inside = inside or any(word in at.type for word in _FUNCTIONS)
        at = at.parent
    return inside


def _is_fair(project: Project, file: File, lines: Sequence[str], row: int, wanted: str) -> bool:
    """Whether a rest of a line can be asked for: not too short, and of names that are somewhere else, too."""
    if not SHORTEST <= len(wanted) <= LONGEST or len(lines[row]) > LONGEST_LINE or wanted != wanted.rstrip():
        return False
    if not any(len(name) > 1 for name in IDENTIFIER.findall(wanted)):
        return False
    head = lines[row][: len(lines[row]) - len(wanted)]
    return not project.invented(wanted, file.path, "\n".join([*lines[:row], head, *lines[row + 1 :]]))


def _digest(package: str, path: str, row: int, lines: Sequence[str]) -> str:
    return sha256("\0".join((package, path, str(row), lines[row])).encode()).hexdigest()[:16]


def pinned() -> dict[str, list[Place]]:
    return msgspec.json.decode(PINS.read_bytes(), type=dict[str, list[Place]])


def pin(found: dict[str, list[Place]]) -> None:
    """Write the places down, one a line."""
    parts = [
        f"{json.dumps(name)}: [\n" + ",\n".join(msgspec.json.encode(place).decode() for place in places) + "\n]"
        for name, places in found.items()
    ]
    PINS.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
