"""The outline of a file with a grammar: definitions, classes, and the other rows with code to review."""

from __future__ import annotations

from dataclasses import dataclass, field

from tree_sitter import Node

from postil.core.syntax.tree import COMMENTS, is_lone_string
from postil.core.syntax.units import UnitKind

# Statements longer than this are searched for functions: an `if` around half a module, a test suite's `describe(…)`, a
# file wrapped in one call. It is also the longest unit.
OUTLINE_LINES = 120
# Characters. In a minified file a "name" may have any length.
MAX_NAME = 100

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
_TYPES = frozenset(
    {
        "class_definition",
        "class_declaration",
        "abstract_class_declaration",
        "class",
        "impl_item",
        "trait_item",
    }
)
_SPACES = frozenset({"mod_item", "internal_module", "module"})
_WRAPPERS = frozenset({"decorated_definition", "export_statement", "ambient_declaration", "expression_statement"})
_BODIES = frozenset({"block", "class_body", "declaration_list", "statement_block"})
_FUNCTION_VALUES = frozenset({"arrow_function", "function_expression", "generator_function"})
_BINDINGS = frozenset({"lexical_declaration", "variable_declaration"})
_FIELDS = frozenset({"field_definition", "public_field_definition"})
# Nodes that belong to the definition below them.
_ABOVE = COMMENTS | {"decorator", "attribute_item"}
# Nodes without code that could be faulty: they are not reviewed.
_INERT = frozenset(
    {
        "import_statement",
        "import_from_statement",
        "future_import_statement",
        "import_declaration",
        "use_declaration",
        "extern_crate_declaration",
        "package_clause",
        "inner_attribute_item",
        "interface_declaration",
        "type_alias_declaration",
        "type_alias_statement",
        "type_declaration",
        "type_item",
        "associated_type",
        "struct_item",
        "union_item",
        "enum_item",
        "foreign_mod_item",
        "function_signature",
        "function_signature_item",
        "method_signature",
        "abstract_method_signature",
        "index_signature",
        "pass_statement",
        "empty_statement",
    }
)
_CORES = _FUNCTIONS | _TYPES | _SPACES | _BINDINGS | _WRAPPERS | _INERT


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or method. Rows are 0-based, `last` is exclusive. `head_end` is the row after the signature and
    docstring. `idle`: the body does nothing."""

    kind: UnitKind
    name: str
    first: int
    last: int
    head_end: int
    idle: bool


@dataclass(frozen=True, slots=True)
class Box:
    """A class, impl, trait, namespace or module with a body. `head_end` as in Definition."""

    kind: UnitKind
    name: str
    first: int
    last: int
    head_end: int


@dataclass(slots=True)
class Outline:
    """In the file's order, outer boxes before inner ones. `live` are rows with code outside of definitions, `above`
    rows of comments, decorators and attributes."""

    definitions: list[Definition] = field(default_factory=list[Definition])
    boxes: list[Box] = field(default_factory=list[Box])
    live: set[int] = field(default_factory=set[int])
    above: set[int] = field(default_factory=set[int])


def outline(root: Node) -> Outline:
    """The outline below a root node. It goes into boxes, into nodes that don't parse, and into very long ones, but not
    into functions."""
    found = Outline()
    stack: list[tuple[Node, Box | None, bool]] = [(child, None, False) for child in reversed(root.children)]
    while stack:
        node, owner, loose = stack.pop()
        if not node.is_named:
            if loose:
                found.live.update(rows(node))
            continue
        core = _unwrap(node)
        function = _function_of(core)
        if node.type in _ABOVE:
            found.above.update(rows(node))
        elif function is not None:
            found.definitions.append(_definition(node, core, *function, owner))
        elif core.type in _TYPES | _SPACES and (body := _body(core)) is not None:
            box = _box(node, core, body, owner)
            found.boxes.append(box)
            comments = [child for child in core.children if child.type in COMMENTS]
            stack += [(child, box, False) for child in reversed((*comments, *body.children))]
        elif node.child_count and (node.type == "ERROR" or len(rows(node)) > OUTLINE_LINES):
            stack += [(child, owner, True) for child in reversed(node.children)]
        elif node.type != "ambient_declaration" and not _is_inert(core):
            found.live.update(rows(node))
    found.definitions.sort(key=lambda item: (item.first, -item.last))
    return found


def rows(node: Node) -> range:
    """The rows of a node. A row at whose beginning the node ends isn't one of them."""
    first, (last, column) = node.start_point[0], node.end_point
    return range(first, max(last + (1 if column else 0), first + 1))


def _unwrap(node: Node) -> Node:
    while node.type in _WRAPPERS:
        inner = [child for child in node.named_children if child.type in _CORES]
        if not inner:
            return node
        node = inner[-1]
    return node


def _function_of(node: Node) -> tuple[Node, Node] | None:
    """The node with the parameters, and the body, of the function that `node` defines; None when it defines none."""
    value = node if node.type in _FUNCTIONS else None
    if node.type in _BINDINGS and len(node.named_children) == 1:
        value = node.named_children[0].child_by_field_name("value")
    elif node.type in _FIELDS or node.type == "export_statement":
        value = node.child_by_field_name("value")
    elif (assignment := _assignment(node)) is not None:
        value = assignment.child_by_field_name("right")
    if value is None or (value is not node and value.type not in _FUNCTION_VALUES):
        return None
    body = _body(value)
    return (value, body) if body is not None else None


def _assignment(node: Node) -> Node | None:
    """`exports.f = …`, `Thing.prototype.f = …`."""
    if node.type != "expression_statement" or node.named_child_count != 1:
        return None
    return node.named_children[0] if node.named_children[0].type == "assignment_expression" else None


def _body(node: Node) -> Node | None:
    body = node.child_by_field_name("body")
    return body or next((child for child in node.children if child.type in _BODIES), None)


def _is_inert(node: Node) -> bool:
    if node.type in _INERT or node.type == "mod_item" or is_lone_string(node):
        return True
    if node.type == "export_statement":
        return not any(node.child_by_field_name(name) for name in ("declaration", "value"))
    if node.type in _FIELDS:
        return node.child_by_field_name("value") is None
    if node.type == "if_statement":
        return _is_idle_guard(node)
    return node.type == "expression_statement" and node.named_child_count == 1 and _is_idle(node.named_children[0])


def _is_idle(expression: Node) -> bool:
    """`...`, `name: type` without a value, and `__all__ = …`."""
    if expression.type == "assignment":
        left = expression.child_by_field_name("left")
        return expression.child_by_field_name("right") is None or (left is not None and left.text == b"__all__")
    return expression.type == "ellipsis"


def _is_idle_guard(node: Node) -> bool:
    """Python's `if TYPE_CHECKING:`, and `if __name__ == "__main__":` with a single line."""
    condition, body = node.child_by_field_name("condition"), node.child_by_field_name("consequence")
    if condition is None or body is None or node.child_by_field_name("alternative") is not None:
        return False
    text = condition.text or b""
    return text in (b"TYPE_CHECKING", b"typing.TYPE_CHECKING") or (
        text.startswith(b"__name__ ==") and len(rows(body)) == 1
    )


def _name(node: Node) -> str:
    if node.type in _BINDINGS:
        node = node.named_children[0]
    elif (assignment := _assignment(node)) is not None:
        return _words(assignment.child_by_field_name("left"))
    for name in ("name", "type", "property"):
        child = node.child_by_field_name(name)
        if child is not None:
            return _words(child)
    return "default" if node.type == "export_statement" else "anonymous"


def _words(node: Node | None) -> str:
    text = (node.text or b"") if node is not None else b""
    return " ".join(text[: 4 * MAX_NAME].decode("utf-8", "replace").split())[:MAX_NAME] or "anonymous"


def _receiver(node: Node) -> str:
    """The type of a Go method: `T` of `func (t *T[K]) F()`."""
    part = node.child_by_field_name("receiver") if node.type == "method_declaration" else None
    while part is not None and part.type != "type_identifier":
        part = next((child for child in reversed(part.named_children) if child.type != "type_arguments"), None)
    return _words(part) if part is not None else ""


def _definition(node: Node, core: Node, function: Node, body: Node, owner: Box | None) -> Definition:
    name = _name(core)
    space = owner.name if owner is not None else _receiver(core)
    is_method = (owner is not None and owner.kind == "class-head") or bool(_receiver(core))
    statements = [child for child in body.named_children if child.type not in COMMENTS]
    idle = body.type in _BODIES and not core.has_error and all(_is_inert(child) for child in statements)
    extent = rows(node)
    return Definition(
        "method" if is_method else "function",
        f"{space}.{name}"[-MAX_NAME:] if space else name,
        extent.start,
        extent.stop,
        _head_end(function, body),
        idle,
    )


def _box(node: Node, core: Node, body: Node, owner: Box | None) -> Box:
    extent = rows(node)
    name = _name(core)
    return Box(
        "class-head" if core.type in _TYPES else "module",
        f"{owner.name}.{name}"[-MAX_NAME:] if owner is not None else name,
        extent.start,
        extent.stop,
        _head_end(core, body),
    )


def _head_end(node: Node, body: Node) -> int:
    """The first row after the signature and Python's docstring; the signature's last row itself if it has code."""
    statements = [child for child in body.named_children if child.type not in COMMENTS]
    if body.type not in _BODIES:
        return body.start_point[0]
    opens = body.start_point[0]
    colon = next((child for child in node.children if child.type == ":"), None)
    if colon is not None and body.type == "block":
        opens = colon.start_point[0]
        if statements and is_lone_string(statements[0]):
            opens, statements = statements[0].end_point[0], statements[1:]
    code = statements[0].start_point[0] if statements else opens + 1
    return opens if code <= opens else opens + 1
