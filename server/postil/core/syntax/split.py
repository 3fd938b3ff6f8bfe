"""Splits a file into units: functions, methods, heads of classes, module code; windows of lines without a grammar."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from tree_sitter import Node

from postil.core.review.finding import Span
from postil.core.syntax.languages import comment_of
from postil.core.syntax.outline import OUTLINE_LINES, Box, Outline, outline
from postil.core.syntax.tree import encode, parse
from postil.core.syntax.units import Unit, UnitKind
from postil.core.text.positions import split_lines

# A rewrite of 120 lines (some 1,500 tokens) takes half a minute on a CPU, and small models make more errors in longer
# code. Longer functions are cut between statements.
MAX_UNIT_LINES = OUTLINE_LINES
# A window in a language without a grammar: about a screen, cut at blank lines and low indentation.
WINDOW_LINES = 60
# Module code on both sides of so many rows of imports, types or comments becomes two units: the rows between would only
# be copied.
GAP_LINES = 10

# Code may be cut between the children of these nodes.
_SEQUENCES = frozenset(
    {
        "module",
        "program",
        "source_file",
        "block",
        "statement_block",
        "statement_list",
        "class_body",
        "declaration_list",
        "switch_body",
        "match_block",
        "dictionary",
        "list",
        "tuple",
        "object",
        "array",
        "array_expression",
        "literal_value",
    }
)


def split_units(text: str, language: str) -> list[Unit]:
    """The units of a file in its order; they never overlap. Never raises, whatever the text.

    In no unit are: imports, package clauses, comments and docstrings outside of functions, type declarations without
    code (interfaces, structs, enums of Go and Rust, fields without a value), `__all__`, `if TYPE_CHECKING:`, a one-line
    main guard, functions that do nothing, rows with only brackets. Every other row is in exactly one unit.
    """
    lines = split_lines(text)
    tree = parse("\n".join(lines), language)
    if tree is None:
        return list(_windows(lines, language))
    return list(_Splitter(lines, language, tree.root_node).units())


def plan(text: str, language: str, lines: Sequence[Span] | None = None) -> list[Unit]:
    """The units of a file, in the file's order; with `lines`, only those that touch one of these spans. An
    empty span (something was deleted there) touches the lines on both sides of it."""
    units = split_units(text, language)
    if lines is None:
        return units
    return [unit for unit in units if any(_touches(unit, span) for span in lines)]


def unit_of(text: str, language: str, digest: str) -> Unit | None:
    """The first unit of a file with this digest; None when the file has it no more."""
    return next((unit for unit in split_units(text, language) if unit.digest == digest), None)


def _touches(unit: Unit, span: Span) -> bool:
    if span.first == span.last:
        return unit.first_line <= span.first <= unit.last_line
    return unit.first_line < span.last and span.first < unit.last_line


class _Splitter:
    def __init__(self, lines: Sequence[str], language: str, root: Node) -> None:
        self._lines = lines
        self._language = language
        self._root = root
        self._outline: Outline = outline(root)
        self._owners: list[Box | None] = [None] * len(lines)
        for box in self._outline.boxes:
            self._owners[box.first : box.last] = [box] * (box.last - box.first)
        self._borders = sorted({row for box in self._outline.boxes for row in (box.first, box.last)})

    def units(self) -> Iterator[Unit]:
        free = 0
        for definition in self._outline.definitions:
            last = min(definition.last, len(self._lines))
            if definition.first < free:
                # It begins on a row of another unit: the rest of it counts as code between definitions.
                self._outline.live.update(range(free, last))
                continue
            first = self._with_rows_above(definition.first, free)
            yield from self._runs(free, first)
            if not definition.idle:
                head = definition.head_end - first
                yield from self._pieces(definition.kind, definition.name, first, last, head)
            free = max(free, last)
        yield from self._runs(free, len(self._lines))

    def _with_rows_above(self, first: int, free: int) -> int:
        """The definition's first row, with comments, decorators and attributes directly above it."""
        above, live = self._outline.above, self._outline.live
        while first > free and first - 1 in above and first - 1 not in live:
            if not self._lines[first - 1].strip():
                break
            first -= 1
        return first

    def _runs(self, start: int, end: int) -> Iterator[Unit]:
        """Units for the code between definitions, cut at the beginning and end of classes."""
        inner = self._borders[bisect_right(self._borders, start) : bisect_left(self._borders, end)]
        ordered = (start, *inner, end)
        for first, last in pairwise(ordered):
            rows: list[int] = []
            for row in range(first, last):
                if row not in self._outline.live:
                    continue
                if rows and row - rows[-1] > GAP_LINES:
                    yield from self._run(rows)
                    rows = []
                rows.append(row)
            yield from self._run(rows, first)

    def _run(self, rows: Sequence[int], start: int | None = None) -> Iterator[Unit]:
        if not any(char.isalnum() for row in rows for char in self._lines[row]):
            return
        first, last, head = rows[0], rows[-1] + 1, 0
        box = self._owners[first]
        if start is not None and box is not None and box.first == start and first - box.head_end <= GAP_LINES:
            first, head = start, box.head_end - start
        kind, name = (box.kind, box.name) if box is not None else ("module", "module")
        yield from self._pieces(kind, name, first, last, head)

    def _pieces(self, kind: UnitKind, name: str, first: int, last: int, head: int) -> Iterator[Unit]:
        cuts = [first, *_cuts(self._lines, first, last, MAX_UNIT_LINES, self._root), last]
        count = len(cuts) - 1
        for number, (start, end) in enumerate(pairwise(cuts), 1):
            # Only the first piece of a function parses as a function.
            piece: UnitKind = kind if number == 1 or kind in ("class-head", "module") else "window"
            text = "\n".join(self._lines[start:end])
            behind = "".join(self._lines[start + head : end])
            kept = head if number == 1 and 0 < head < end - start and any(c.isalnum() for c in behind) else 0
            shown = f"{name} ({number}/{count})" if count > 1 else name
            yield Unit(piece, shown, self._language, start, end, text, kept)


def _windows(lines: Sequence[str], language: str) -> Iterator[Unit]:
    comment = comment_of(language)
    cuts = [0, *_cuts(lines, 0, len(lines), WINDOW_LINES), len(lines)]
    for start, end in pairwise(cuts):
        while start < end and not lines[start].strip():
            start += 1
        while end > start and not lines[end - 1].strip():
            end -= 1
        if any(_has_code(line, comment) for line in lines[start:end]):
            name = f"lines {start + 1}–{end}"
            yield Unit("window", name, language, start, end, "\n".join(lines[start:end]))


def _has_code(line: str, comment: str | None) -> bool:
    if comment is not None and line.lstrip().startswith(comment):
        return False
    return any(char.isalnum() for char in line)


def _cuts(lines: Sequence[str], first: int, last: int, most: int, root: Node | None = None) -> list[int]:
    """The rows at which to cut lines so that no piece is longer than `most`: the least indented row in the second half
    of each piece, after a blank row if there is one. With a tree, only rows where a statement begins."""
    cuts: list[int] = []
    while last - first > most:
        rows: Sequence[int] = range(first + most // 2, first + most)
        if root is not None:
            rows = [row for row in rows if _begins_statement(root, lines[row], row)] or rows
        first = min(rows, key=lambda row: (_indent(lines[row]), bool(lines[row - 1].strip()), -row))
        cuts.append(first)
    return cuts


def _begins_statement(root: Node, line: str, row: int) -> bool:
    """Whether an element of a sequence (a statement, or an item of a list) begins at the row's first word."""
    bare = line.lstrip()
    if not bare:
        return False
    point = (row, len(encode(line[: len(line) - len(bare)])))
    cursor = root.walk()
    in_sequence = False
    while (node := cursor.node) is not None and node.start_point != point:
        in_sequence = node.type in _SEQUENCES
        if cursor.goto_first_child_for_point(point) is None:
            return False
    return in_sequence


def _indent(line: str) -> int:
    # No piece begins at a blank line or a closing bracket.
    bare = line.strip()
    if not bare or bare[0] in ")]}":
        return 1_000_000
    return len(line) - len(line.lstrip())
