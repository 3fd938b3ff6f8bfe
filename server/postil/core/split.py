"""A file cut into units: functions, methods, heads of classes, module code; windows of lines elsewhere."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from postil.core.syntax import parse
from postil.core.text import split_lines
from postil.core.units import Unit, UnitKind

# A small model loses its thread, and its copy its worth, long before the context is full: at about 120 lines
# (some 1,500 tokens) a rewrite takes half a minute on a CPU. Longer functions are cut at their statements.
MAX_UNIT_LINES = 120
# A window of a language without a grammar: about a screen, cut where the code itself pauses.
WINDOW_LINES = 60

_FUNCTIONS = frozenset(
    {
        "function_definition",
        "function_declaration",
        "generator_function_declaration",
        "method_definition",
        "method_declaration",
        "function_item",
    }
)
_CONTAINERS = frozenset(
    {
        "class_definition",
        "class_declaration",
        "abstract_class_declaration",
        "class",
        "impl_item",
        "trait_item",
        "mod_item",
        "internal_module",
        "module",
    }
)
_WRAPPERS = frozenset({"decorated_definition", "export_statement", "ambient_declaration", "expression_statement"})
_BODIES = frozenset({"block", "class_body", "declaration_list", "statement_block"})
_FUNCTION_VALUES = frozenset({"arrow_function", "function_expression", "generator_function"})
_BINDINGS = frozenset({"lexical_declaration", "variable_declaration"})
_FIELDS = frozenset({"field_definition", "public_field_definition"})
_COMMENTS = frozenset({"comment", "line_comment", "block_comment"})
# Lines of these hold nothing that could go wrong when it runs: they are not reviewed by themselves.
_INERT = _COMMENTS | {
    "import_statement",
    "import_from_statement",
    "future_import_statement",
    "import_declaration",
    "use_declaration",
    "extern_crate_declaration",
    "package_clause",
    "attribute_item",
    "inner_attribute_item",
    "interface_declaration",
    "type_alias_declaration",
    "type_declaration",
    "type_item",
    "struct_item",
    "enum_item",
    "pass_statement",
    "hash_bang_line",
}


@dataclass(frozen=True, slots=True)
class _Definition:
    kind: UnitKind
    name: str
    first: int
    last: int
    head_end: int


@dataclass(slots=True)
class _Survey:
    definitions: list[_Definition]
    containers: list[tuple[int, int, int, str]]
    inert: set[int]


def split_units(text: str, language: str) -> list[Unit]:
    """The units of a file in its order; they never overlap. Runs of imports, comments, docstrings, type
    declarations and lone brackets belong to no unit. Never raises, whatever the text."""
    lines = split_lines(text)
    tree = parse("\n".join(lines), language)
    if tree is None:
        return list(_windows(lines, language))
    survey = _survey(tree.root_node, language)
    units: list[Unit] = []
    free = 0
    for definition in sorted(survey.definitions, key=lambda item: (item.first, -item.last)):
        first = _with_comments_above(lines, max(definition.first, free), free, survey.inert)
        last = min(definition.last, len(lines))
        if definition.first < free or last <= first:
            continue
        units += _runs(lines, free, first, survey, language)
        units += _definition_units(lines, definition, first, last, language)
        free = last
    units += _runs(lines, free, len(lines), survey, language)
    return units


def _survey(root: Any, language: str) -> _Survey:
    survey = _Survey([], [], set())
    stack: list[tuple[Any, str]] = [(child, "") for child in reversed(root.children)]
    while stack:
        node, owner = stack.pop()
        core = _unwrap(node)
        function = _function_of(core)
        if function is not None:
            survey.definitions.append(_definition(node, core, function, owner))
        elif core.type in _CONTAINERS and (body := _body(core)) is not None:
            name = _name(core) or owner
            start, end = node.start_point[0], node.end_point[0] + 1
            opens = body.start_point[0] if body.type != "block" else _colon_row(core, body)
            survey.containers.append((start, end, opens + 1, name))
            survey.inert.update(range(start, opens + 1))
            stack += [(child, name) for child in reversed(body.children)]
        elif core.type in _INERT or _is_string(core) or _is_declaration(core):
            survey.inert.update(range(node.start_point[0], node.end_point[0] + 1))
    return survey


def _unwrap(node: Any) -> Any:
    while node.type in _WRAPPERS:
        inner = [
            child
            for child in node.named_children
            if child.type in _FUNCTIONS | _CONTAINERS | _BINDINGS | _WRAPPERS | _INERT - _COMMENTS
        ]
        if not inner:
            return node
        node = inner[-1]
    return node


def _is_string(node: Any) -> bool:
    return node.type == "expression_statement" and [child.type for child in node.named_children] == ["string"]


def _is_declaration(node: Any) -> bool:
    """`name: type` without a value."""
    if node.type != "expression_statement" or node.named_child_count != 1:
        return False
    child = node.named_children[0]
    return child.type == "assignment" and child.child_by_field_name("right") is None


def _function_of(node: Any) -> Any | None:
    """The node with the parameters and the body, when `node` defines a function."""
    if node.type in _FUNCTIONS:
        return node if _body(node) is not None else None
    if node.type in _BINDINGS or node.type in _FIELDS:
        holders = node.named_children if node.type in _BINDINGS else [node]
        values = [holder.child_by_field_name("value") for holder in holders]
        if len(values) == 1 and values[0] is not None and values[0].type in _FUNCTION_VALUES:
            return values[0]
    return None


def _body(node: Any) -> Any | None:
    body = node.child_by_field_name("body")
    if body is not None:
        return body
    return next((child for child in node.children if child.type in _BODIES), None)


def _name(node: Any) -> str:
    if node.type in _BINDINGS:
        node = node.named_children[0]
    for name in ("name", "type", "property"):
        child = node.child_by_field_name(name)
        if child is not None and child.text is not None:
            return child.text.decode("utf-8", "replace")[:100]
    return ""


def _colon_row(node: Any, body: Any) -> int:
    for child in node.children:
        if child.type == ":" and child.start_byte < body.start_byte:
            return child.start_point[0]
    return body.start_point[0] - 1


def _definition(node: Any, core: Any, function: Any, owner: str) -> _Definition:
    body = _body(function)
    head_end = body.start_point[0] + 1
    if function.type == "function_definition":
        head_end = _colon_row(function, body) + 1
        first = body.named_children[0] if body.named_children else None
        if first is not None and _is_string(first):
            head_end = first.end_point[0] + 1
    name = _name(core)
    return _Definition(
        "method" if owner else "function",
        f"{owner}.{name}" if owner else name,
        node.start_point[0],
        node.end_point[0] + (1 if node.end_point[1] else 0),
        head_end,
    )


def _with_comments_above(lines: Sequence[str], first: int, free: int, inert: set[int]) -> int:
    """Comments and attributes that stand directly above a definition belong to it."""
    while first > free and lines[first - 1].strip() and first - 1 in inert:
        if not lines[first - 1].lstrip().startswith(("#", "//", "/*", "*", "@")):
            break
        first -= 1
    return first


def _definition_units(
    lines: Sequence[str], definition: _Definition, first: int, last: int, language: str
) -> Iterator[Unit]:
    cuts = [first, *_cuts(lines, first, last, MAX_UNIT_LINES), last]
    for number, (start, end) in enumerate(zip(cuts, cuts[1:], strict=False), 1):
        name = definition.name + (f" ({number}/{len(cuts) - 1})" if len(cuts) > 2 else "")
        head = definition.head_end - first if number == 1 else 0
        rest = "".join(lines[first + head : end]).strip()
        yield Unit(
            definition.kind,
            name,
            language,
            start,
            end,
            "\n".join(lines[start:end]),
            head if 0 < head < end - start and rest.strip("{}();,") else 0,
        )


def _runs(lines: Sequence[str], start: int, end: int, survey: _Survey, language: str) -> Iterator[Unit]:
    """Units for the code between definitions, cut where a class begins or ends."""
    borders = {start, end}
    for first, last, _, _ in survey.containers:
        borders.update(border for border in (first, last) if start < border < end)
    ordered = sorted(borders)
    for first, last in zip(ordered, ordered[1:], strict=False):
        yield from _run(lines, first, last, survey, language)


def _run(lines: Sequence[str], start: int, end: int, survey: _Survey, language: str) -> Iterator[Unit]:
    live = [
        row
        for row in range(start, end)
        if row not in survey.inert and any(char.isalnum() for char in lines[row])
    ]
    if not live:
        return
    owner = next(
        (box for box in reversed(survey.containers) if box[0] <= live[0] < box[1]),
        None,
    )
    first = owner[0] if owner is not None and owner[0] >= start else live[0]
    last = live[-1] + 1
    while last < end and lines[last].strip() and last not in survey.inert:
        last += 1
    cuts = [first, *_cuts(lines, first, last, MAX_UNIT_LINES), last]
    for number, (begin, stop) in enumerate(zip(cuts, cuts[1:], strict=False)):
        head = owner[2] - first if owner is not None and owner[0] == first and number == 0 else 0
        kind: UnitKind = "class-head" if owner is not None else "module"
        name = owner[3] if owner is not None else "module"
        text = "\n".join(lines[begin:stop])
        yield Unit(kind, name, language, begin, stop, text, head if 0 < head < stop - begin else 0)


def _windows(lines: Sequence[str], language: str) -> Iterator[Unit]:
    cuts = [0, *_cuts(lines, 0, len(lines), WINDOW_LINES), len(lines)]
    for start, end in zip(cuts, cuts[1:], strict=False):
        while start < end and not lines[start].strip():
            start += 1
        while end > start and not lines[end - 1].strip():
            end -= 1
        if any(any(char.isalnum() for char in line) for line in lines[start:end]):
            name = f"lines {start + 1}–{end}"
            yield Unit("window", name, language, start, end, "\n".join(lines[start:end]))


def _cuts(lines: Sequence[str], first: int, last: int, most: int) -> list[int]:
    """Where to cut lines so that no piece is longer than `most`: at the least indented line of the second half
    of each piece, behind a blank line where there is one."""
    cuts: list[int] = []
    while last - first > most:
        rows = range(first + most // 2, first + most)
        first = min(rows, key=lambda row: (_indent(lines[row]), bool(lines[row - 1].strip()), -row))
        cuts.append(first)
    return cuts


def _indent(line: str) -> int:
    # A blank line is no place to begin a piece, and a closing bracket ends one.
    bare = line.strip()
    if not bare or bare[0] in ")]}":
        return 1_000_000
    return len(line) - len(line.lstrip())


def dedent(text: str) -> str:
    """The text as if it stood at the left margin: a method parses by itself only so."""
    return textwrap.dedent(text)
