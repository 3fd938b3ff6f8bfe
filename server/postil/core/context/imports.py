"""The imports of a syntax tree, in five languages as one kind of value."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from postil.core.context.signatures import text_of
from postil.core.context.values import Import, Imported, ImportStatement
from postil.core.syntax.tree import ECMASCRIPT, walk

# More has only a generated file.
MAX_IMPORTS = 500
# Longer than any path that a file system takes.
_MAX = 1000

# Where imports stand beside the top of a file: `try: import fast` is one, `if TYPE_CHECKING:`, a Rust `mod tests`.
_ENTERED = frozenset(
    {
        "ERROR",
        "block",
        "declaration_list",
        "else_clause",
        "except_clause",
        "finally_clause",
        "if_statement",
        "import_declaration",
        "import_spec_list",
        "mod_item",
        "statement_block",
        "try_statement",
    }
)


def imports(root: Node, language: str) -> list[Import]:
    """The imports below a root node in their order, at most MAX_IMPORTS. Not those inside of functions."""
    found: list[Import] = []
    stack = list(reversed(root.named_children))
    while stack and len(found) < MAX_IMPORTS:
        node = stack.pop()
        found += _imports_of(node, language)
        if node.type in _ENTERED:
            stack += reversed(node.named_children)
    return found


def statements(root: Node, language: str) -> list[ImportStatement]:
    """The statements at the top of a file that bind what they import, in their order, at most MAX_IMPORTS."""
    found: list[ImportStatement] = []
    for node in root.named_children:
        if node.type == "export_statement":
            continue
        # Go has all imports in one declaration.
        inside = walk(node) if node.type == "import_declaration" else [node]
        imported = [one for part in inside for one in _imports_of(part, language)]
        names = [name.bound for one in imported for name in one.names] + [one.bound for one in imported if one.bound]
        if names:
            found.append(ImportStatement(node.end_point[0] + 1, text_of(node, _MAX), tuple(names)))
        if len(found) == MAX_IMPORTS:
            break
    return found


def _imports_of(node: Node, language: str) -> Iterator[Import]:
    if language == "python":
        yield from _python(node)
    elif language in ECMASCRIPT:
        yield from _ecmascript(node)
    elif language == "go" and node.type == "import_spec":
        name, path = node.child_by_field_name("name"), _unquoted(node.child_by_field_name("path"))
        bound = text_of(name, _MAX) if name is not None else path.rpartition("/")[2]
        star = (Imported("*", "*"),) if bound == "." else ()
        yield Import(path, star, "" if bound in ("_", ".") else bound, _row(node))
    elif language == "rust":
        yield from _rust(node)


def _python(node: Node) -> Iterator[Import]:
    if node.type == "import_statement":
        for child in node.children_by_field_name("name"):
            module, bound = _renamed(child)
            # `import a.b` binds `a`, but what is used are the names of `a.b`.
            yield Import(module, (), bound, _row(node))
    elif node.type == "import_from_statement":
        module = text_of(of, _MAX) if (of := node.child_by_field_name("module_name")) is not None else ""
        names = [Imported(*_renamed(child)) for child in node.children_by_field_name("name")]
        if any(child.type == "wildcard_import" for child in node.named_children):
            names.append(Imported("*", "*"))
        yield Import(module, tuple(names), "", _row(node), passed_on=True)


def _renamed(node: Node) -> tuple[str, str]:
    """The name of a `dotted_name` or an `aliased_import`, and what it is called here."""
    if node.type != "aliased_import":
        return (name := text_of(node, _MAX)), name
    name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
    return (text_of(name, _MAX) if name else "", text_of(alias, _MAX) if alias else "")


def _ecmascript(node: Node) -> Iterator[Import]:
    if node.type in ("import_statement", "export_statement"):
        clause = next((child for child in node.named_children if child.type.endswith("_clause")), None)
        source = node.child_by_field_name("source")
        if source is None and clause is not None:
            source = clause.child_by_field_name("source")
        if source is None:
            return
        passed_on = node.type == "export_statement"
        names, bound = _clause(clause) if clause is not None else ([], "")
        if passed_on and not names:
            names = [Imported("*", "*")]
        yield from _both(_unquoted(source), names, bound, _row(node), passed_on=passed_on)
    elif node.type in ("lexical_declaration", "variable_declaration"):
        for declarator in node.named_children:
            yield from _required(declarator)


def _both(module: str, names: list[Imported], bound: str, row: int, *, passed_on: bool = False) -> Iterator[Import]:
    """`import d, * as all from "x"` binds names and the module."""
    if names:
        yield Import(module, tuple(names), "", row, passed_on)
    if bound or not names:
        yield Import(module, (), bound, row, passed_on)


def _clause(clause: Node) -> tuple[list[Imported], str]:
    """The names that a clause binds, and what it calls the module itself."""
    names: list[Imported] = []
    bound = ""
    for child in clause.named_children:
        if child.type == "identifier":
            if clause.type == "import_require_clause":
                bound = text_of(child, _MAX)
            else:
                names.append(Imported("default", text_of(child, _MAX)))
        elif child.type == "namespace_import":
            bound = text_of(child.named_children[-1], _MAX) if child.named_children else ""
        elif child.type == "named_imports":
            names += [_specifier(one) for one in child.named_children if one.type == "import_specifier"]
        elif child.type == "export_specifier":
            names.append(_specifier(child))
    return names, bound


def _specifier(node: Node) -> Imported:
    name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
    said = text_of(name, _MAX) if name is not None else ""
    return Imported(said, text_of(alias, _MAX) if alias is not None else said)


def _required(declarator: Node) -> Iterator[Import]:
    """`const x = require("y")`, `const {a, b: c} = require("y")`."""
    name, call = declarator.child_by_field_name("name"), declarator.child_by_field_name("value")
    if name is None or call is None or call.type != "call_expression":
        return
    function, given = call.child_by_field_name("function"), call.child_by_field_name("arguments")
    if function is None or function.text != b"require" or given is None or given.named_child_count != 1:
        return
    module, names = _unquoted(given.named_children[0]), list[Imported]()
    for child in name.named_children if name.type == "object_pattern" else ():
        key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
        said = text_of(key or child, _MAX)
        names.append(Imported(said, text_of(value, _MAX) if value is not None else said))
    bound = text_of(name, _MAX) if name.type == "identifier" else ""
    yield from _both(module, names, bound, _row(declarator))


def _rust(node: Node) -> Iterator[Import]:
    if node.type == "mod_item" and node.child_by_field_name("body") is None:
        name = text_of(named, _MAX) if (named := node.child_by_field_name("name")) is not None else ""
        yield Import(f"self::{name}", (), name, _row(node))
    elif node.type == "use_declaration" and (argument := node.child_by_field_name("argument")) is not None:
        passed_on = any(child.type == "visibility_modifier" for child in node.named_children)
        for path, bound in _use(argument, ""):
            module, _, name = path.rpartition("::")
            names = (Imported(name, bound),) if module else ()
            yield Import(module or path, names, "" if module else bound, _row(node), passed_on)


def _use(node: Node, before: str) -> Iterator[tuple[str, str]]:
    """Each path of a `use` tree, and what its last part is called here."""
    stack = [(node, before)]
    while stack:
        node, before = stack.pop()
        if node.type == "scoped_use_list":
            inner = node.child_by_field_name("list")
            path = _joined(before, node.child_by_field_name("path"))
            stack += [(child, path) for child in reversed(inner.named_children if inner is not None else [])]
        elif node.type == "use_list":
            stack += [(child, before) for child in reversed(node.named_children)]
        elif node.type == "use_as_clause":
            alias = node.child_by_field_name("alias")
            path = _joined(before, node.child_by_field_name("path"))
            yield path, text_of(alias, _MAX) if alias is not None else path.rpartition("::")[2]
        elif node.type == "use_wildcard":
            inner = node.named_children[0] if node.named_children else None
            yield f"{_joined(before, inner)}::*", "*"
        elif node.type == "self" and before:
            yield before, before.rpartition("::")[2]
        elif node.type in ("identifier", "scoped_identifier", "crate", "self", "super"):
            path = _joined(before, node)
            yield path, path.rpartition("::")[2]


def _joined(before: str, node: Node | None) -> str:
    said = "".join(text_of(node, _MAX).split()) if node is not None else ""
    return f"{before}::{said}" if before and said else before or said


def _unquoted(node: Node | None) -> str:
    return text_of(node, _MAX).strip("\"'`") if node is not None else ""


def _row(node: Node) -> int:
    return node.start_point[0]
