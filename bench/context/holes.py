"""The holes: rests of lines that use what another file defines, chosen by digest and kept as places."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args

import msgspec
from bench.context.known import TESTS, Definitions, Known
from bench.context.project import IDENTIFIER, File, Project
from tree_sitter import Node

from postil.core.syntax.tree import encode, parse, walk

PINS = Path(__file__).parent / "holes.json"
PER_PACKAGE = 18
# Of one file, and of all its lines the first ones that are found: the files of a package differ, its lines less so.
PER_FILE = 3
SHORTEST, LONGEST, LONGEST_LINE = 4, 80, 160

Split = Literal["tune", "report", "last-look"]
Kind = Literal["arguments", "member"]
SPLITS: tuple[Split, ...] = get_args(Split)

_CALLS = {"call": "function", "call_expression": "function", "new_expression": "constructor"}
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
    before a name."""

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
    definitions = Definitions(project)
    triples = _triples(project)
    by_file: dict[str, list[Place]] = defaultdict(list)
    for file in project.files.values():
        if file.language.removesuffix("react") == language and _is_usable(file):
            found = _in_file(package, project, file, Known(definitions, file), triples)
            by_file[file.path] = sorted(found, key=lambda place: place.digest)[:PER_FILE]
    chosen: list[Place] = []
    for turn in range(PER_FILE):
        # Each file once before any is taken from twice.
        row = [places[turn] for places in by_file.values() if turn < len(places)]
        chosen += sorted(row, key=lambda place: place.digest)[: most - len(chosen)]
    chosen.sort(key=lambda place: place.digest)
    return [msgspec.structs.replace(place, split=SPLITS[number % len(SPLITS)]) for number, place in enumerate(chosen)]


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


def _in_file(package: str, project: Project, file: File, known: Known, triples: Counter[str]) -> Iterator[Place]:
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
        is_member = name.start_byte > callee.start_byte and int(digest, 16) % 2 == 1
        begin = name.start_point[1] if is_member else given.start_point[1] + 1
        first = len(data[row][:begin].decode("utf-8", "replace"))
        wanted = lines[row][first:]
        around = "\n".join(stripped[row - 1 : row + 2])
        if often[stripped[row]] > 1 or triples[around] > 1 or not _is_fair(project, file, lines, row, wanted):
            continue
        taken.add(row)
        yield Place(file.path, row, first, len(lines[row]), "member" if is_member else "arguments", "tune", digest)


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
