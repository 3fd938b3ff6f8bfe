"""What a piece of code uses: the names that it calls, its types, and what it names otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from postil.core.context.signatures import text_of
from postil.core.context.values import Use, UseKind
from postil.core.syntax.outline import MAX_NAME
from postil.core.syntax.tree import walk

# More has only a generated file.
MAX_USES = 1000
# What is called, by the node that calls it: of `new Box(1)` the constructor, of Go's `Box{1}` the type.
_CALLEES = {
    "call": "function",
    "call_expression": "function",
    "new_expression": "constructor",
    "macro_invocation": "macro",
    "composite_literal": "type",
    "struct_expression": "name",
}
# Around a name with its type parameters: Rust's `f::<T>()`, Go's `Box[T]{}`.
_GENERIC = {"generic_function": "function", "generic_type": "type", "type_instantiation_expression": "function"}
# A name behind another: what it is a part of, and its own.
_PARTS = {
    "attribute": ("object", "attribute"),
    "member_expression": ("object", "property"),
    "selector_expression": ("operand", "field"),
    "field_expression": ("value", "field"),
    "scoped_identifier": ("path", "name"),
    "scoped_type_identifier": ("path", "name"),
    "qualified_type": ("package", "name"),
    "nested_type_identifier": ("module", "name"),
}
_NAMES = frozenset({"identifier", "type_identifier", "package_identifier"})
# Nodes whose name is no use of anything: an argument's, a parameter's, a definition's own.
_NAMED = frozenset(
    {
        "keyword_argument",
        "default_parameter",
        "typed_default_parameter",
        "function_definition",
        "class_definition",
        "function_declaration",
        "class_declaration",
        "method_declaration",
        "function_item",
        "type_spec",
    }
)


def uses(root: Node, first: int, last: int) -> list[Use]:
    """The names in the rows `first`..`last` (exclusive) below a root node in their order, at most MAX_USES."""
    found: list[Use] = []
    called, typed, skipped = set[int](), set[int](), set[int]()
    for node in _within(root, first, last):
        if (callee := _callee(node)) is not None:
            called.add(callee.id)
        if node.type == "type":
            typed |= {inner.id for inner in walk(node) if inner.type in (*_NAMES, *_PARTS)}
        elif node.type in _NAMED and (name := node.child_by_field_name("name")) is not None:
            skipped.add(name.id)
        if node.id in skipped or not (node.type in _NAMES or node.type in _PARTS):
            continue
        on, own = "", node
        if node.type in _PARTS:
            of, name = (node.child_by_field_name(field) for field in _PARTS[node.type])
            if name is None:
                continue
            on, own = _dotted(of), name
            skipped.add(name.id)
        is_type = node.id in typed or own.type == "type_identifier"
        kind: UseKind = "calls" if node.id in called else "types" if is_type else "names"
        if (said := text_of(own, MAX_NAME)) and (on or node.type in _NAMES):
            found.append(Use(said, on, own.start_point[0], kind))
        if len(found) == MAX_USES:
            break
    return found


def _within(root: Node, first: int, last: int) -> Iterator[Node]:
    """The nodes that begin in these rows, parents first."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node.start_point[0] >= last or node.end_point[0] < first:
            continue
        if node.start_point[0] >= first:
            yield node
        stack += reversed(node.named_children)


def _callee(node: Node) -> Node | None:
    field = _CALLEES.get(node.type)
    callee = node.child_by_field_name(field) if field is not None else None
    while callee is not None and callee.type in _GENERIC:
        callee = callee.child_by_field_name(_GENERIC[callee.type])
    return callee


def _dotted(node: Node | None) -> str:
    """`a.b` of what stands before a name; "?" where it is more than names, as the result of a call."""
    if node is None:
        return "?"
    said = text_of(node, MAX_NAME).replace("::", ".")
    return said if all(part.isidentifier() for part in said.split(".")) else "?"
