"""The symbols of a syntax tree: which nodes define something, by which name, and where they are looked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from postil.core.context.signatures import doc_of, signature_of, text_of
from postil.core.context.values import Symbol, SymbolKind
from postil.core.syntax.outline import MAX_NAME, rows

# More has only a generated file: the table of an emoji package, bindings of a C library.
MAX_SYMBOLS = 2000

_KINDS: Mapping[str, SymbolKind] = {
    "function_definition": "function",
    "function_declaration": "function",
    "generator_function_declaration": "function",
    "function_signature": "function",
    "function_item": "function",
    "function_signature_item": "function",
    "method_definition": "method",
    "method_declaration": "method",
    "method_signature": "method",
    "abstract_method_signature": "method",
    "method_elem": "method",
    "class_definition": "class",
    "class_declaration": "class",
    "abstract_class_declaration": "class",
    "class": "class",
    "interface_declaration": "interface",
    "type_alias_declaration": "type",
    "type_alias_statement": "type",
    "type_alias": "type",
    "type_item": "type",
    "associated_type": "type",
    "enum_declaration": "enum",
    "enum_item": "enum",
    "struct_item": "struct",
    "union_item": "struct",
    "trait_item": "trait",
    "internal_module": "module",
    "module": "module",
    "mod_item": "module",
    "macro_definition": "macro",
    "const_item": "constant",
    "static_item": "constant",
    "const_spec": "constant",
    "var_spec": "variable",
    "variable_declarator": "variable",
    "public_field_definition": "variable",
    "field_definition": "variable",
}
_GO_TYPES: Mapping[str, SymbolKind] = {"struct_type": "struct", "interface_type": "interface"}
_FUNCTION_VALUES = frozenset({"arrow_function", "function_expression", "generator_function"})
# Nodes whose definitions are their symbol's members.
_OWNERS = frozenset({"class", "interface", "struct", "trait", "module"})
# Nodes that define nothing themselves and are looked into: what stands in an `if` or a `try` is defined as well.
_TRANSPARENT = frozenset(
    {
        "ERROR",
        "ambient_declaration",
        "block",
        "const_declaration",
        "declaration_list",
        "decorated_definition",
        "else_clause",
        "except_clause",
        "export_statement",
        "expression_statement",
        "finally_clause",
        "if_statement",
        "lexical_declaration",
        "statement_block",
        "try_statement",
        "type_declaration",
        "var_declaration",
        "var_spec_list",
        "variable_declaration",
        "with_statement",
    }
)
# Nodes that a definition is a part of, so that its decorators and comments are those of the whole.
_WRAPPERS = frozenset(
    {
        "ambient_declaration",
        "const_declaration",
        "decorated_definition",
        "export_statement",
        "expression_statement",
        "lexical_declaration",
        "type_declaration",
        "var_declaration",
        "variable_declaration",
    }
)
# Their named children are one definition and what belongs to it.
_ALONE = frozenset({"decorated_definition", "export_statement"})


@dataclass(frozen=True, slots=True)
class _Place:
    """A node to look at, the names around it, and the statement that it is a part of. `inner`: in a class."""

    node: Node
    whole: Node
    owner: str
    inner: bool


def symbols(root: Node, language: str) -> list[Symbol]:
    """The definitions below a root node in their order, at most MAX_SYMBOLS. Not those inside of functions."""
    found: list[Symbol] = []
    stack = _places(root, "", inner=False, whole=None)
    while stack and len(found) < MAX_SYMBOLS:
        place = stack.pop()
        node = place.node
        if node.type == "impl_item":
            owner = _joined(place.owner, _base_name(node.child_by_field_name("type")))
            stack += _places(node.child_by_field_name("body"), owner, inner=True, whole=None)
            continue
        made = list(_symbols_of(place, language))
        found += made
        if made and made[0].kind in _OWNERS:
            stack += _places(_members(node), made[0].qualified, inner=made[0].kind != "module", whole=None)
        elif not made and node.type in _TRANSPARENT:
            # Its comments stand above the outermost: above `export`, not above `function`.
            whole = place.whole if node.type in _WRAPPERS else None
            stack += _places(node, place.owner, inner=place.inner, whole=whole)
    return found


def _places(node: Node | None, owner: str, *, inner: bool, whole: Node | None) -> list[_Place]:
    if node is None:
        return []
    children = node.named_children
    # Of several declarations in one statement, each has its own rows and comments.
    shared = whole if len(children) == 1 or node.type in _ALONE else None
    return [_Place(child, shared or child, owner, inner) for child in reversed(children)]


def _symbols_of(place: _Place, language: str) -> Iterator[Symbol]:
    node = place.node
    kind = _KINDS.get(node.type)
    value: Node | None = None
    if node.type == "type_spec":
        inner = node.child_by_field_name("type")
        kind = _GO_TYPES.get(inner.type, "type") if inner is not None else "type"
    elif node.type in ("assignment", "assignment_expression"):
        yield from _assigned(place, language)
        return
    if kind is None:
        return
    if kind == "variable":
        value = node.child_by_field_name("value")
        if value is not None and value.type in _FUNCTION_VALUES:
            kind = "method" if place.inner else "function"
        elif place.whole.type == "lexical_declaration" and text_of(place.whole, 6) == "const ":
            kind = "constant"
    elif kind == "function" and place.inner:
        kind = "method"
    owner = place.owner or (_receiver(node) if node.type == "method_declaration" else "")
    for name in _names(node):
        yield _symbol(place, kind, name, owner, language, value)


def _assigned(place: _Place, language: str) -> Iterator[Symbol]:
    """`NAME = …` in Python; `exports.f = …`, `Thing.prototype.f = …` in JavaScript."""
    left, right = place.node.child_by_field_name("left"), place.node.child_by_field_name("right")
    if left is None:
        return
    if language == "python":
        if left.type == "identifier" and (name := text_of(left, MAX_NAME)) != "__all__":
            kind: SymbolKind = "constant" if name.isupper() else "variable"
            yield _symbol(place, kind, name, place.owner, language, None)
    elif right is not None and left.type == "member_expression" and right.type in _FUNCTION_VALUES:
        parts = text_of(left, MAX_NAME).split(".")
        owner = ".".join(part for part in parts[:-1] if part not in ("module", "exports", "prototype", "this"))
        yield _symbol(place, "method" if owner else "function", parts[-1], owner, language, right)


def _symbol(place: _Place, kind: SymbolKind, name: str, owner: str, language: str, value: Node | None) -> Symbol:
    extent = rows(place.whole)
    return Symbol(
        kind,
        name,
        owner,
        signature_of(place.node, place.whole, value),
        doc_of(place.node, place.whole, language),
        extent.start,
        extent.stop,
    )


def _names(node: Node) -> Sequence[str]:
    named = node.children_by_field_name("name") or node.children_by_field_name("property")
    if node.type == "type_alias_statement":
        named = node.children_by_field_name("left")
    if not named:
        return ("default",) if node.type in ("function_declaration", "class_declaration", "class") else ()
    # `const {a, b} = …` has a pattern in the place of its name.
    found = (text_of(child, MAX_NAME) for child in named if "pattern" not in child.type and child.type != ",")
    return [bare for name in found if (bare := name.partition("[")[0].partition("<")[0])]


def _members(node: Node) -> Node | None:
    if node.type == "type_spec":
        return node.child_by_field_name("type")
    return node.child_by_field_name("body")


def _receiver(node: Node) -> str:
    """The type of a Go method: `T` of `func (t *T[K]) F()`."""
    return _base_name(node.child_by_field_name("receiver"))


def _base_name(node: Node | None) -> str:
    """The name of a type without pointers and parameters."""
    while node is not None and node.type not in ("type_identifier", "scoped_type_identifier", "primitive_type"):
        node = next((child for child in reversed(node.named_children) if child.type != "type_arguments"), None)
    return text_of(node, MAX_NAME).rpartition("::")[2] if node is not None else ""


def _joined(owner: str, name: str) -> str:
    return f"{owner}.{name}" if owner and name else owner or name
