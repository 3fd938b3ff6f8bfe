"""How a definition is said in two lines: its signature, and the first line of what its author says of it."""

from __future__ import annotations

import re

from tree_sitter import Node

from postil.core.syntax.tree import COMMENTS, is_lone_string

# A signature with more parameters than that tells a model nothing for its tokens.
MAX_SIGNATURE = 300
MAX_DOC = 160

_BODIES = frozenset({"field_declaration_list", "enum_variant_list", "enum_body", "interface_body", "token_tree"})
_END = re.compile(r"(?:\s*(?:=>|[{;]))+\s*$")
_MARKS = re.compile(r"^\s*(?:///?!?|//!|/\*\*?|\*/|\*|#+!?|<!--)\s?|\s*\*/\s*$")
_QUOTES = re.compile(r"^[rRbBuUfF]*(\"\"\"|'''|\"|')|(\"\"\"|'''|\"|')$")
_SAID_WITH = frozenset({"export_statement", "lexical_declaration", "variable_declaration", "ambient_declaration"})
# Go says these once for several definitions.
_WORDS = {"type_spec": "type ", "type_alias": "type ", "const_spec": "const ", "var_spec": "var "}


def text_of(node: Node, most: int) -> str:
    """The node's text, at most so many characters."""
    return (node.text or b"")[: 4 * most].decode("utf-8", "replace")[:most]


def signature_of(node: Node, whole: Node, value: Node | None) -> str:
    """The code of a definition up to its body, on one line. `whole`: the statement that it is a part of. `value`: the
    function that is assigned to it."""
    # Of what stands before it, what says how it is used: `export`, `async`, `const`; no decorators.
    begin = whole if whole.type in _SAID_WITH else node
    end = _body_start(value if value is not None else node, node)
    source = (whole.text or b"")[begin.start_byte - whole.start_byte :]
    length = (end if end is not None else node.end_byte) - begin.start_byte
    said = source[: min(length, 4 * MAX_SIGNATURE)].decode("utf-8", "replace")
    return (_WORDS.get(node.type, "") + _END.sub("", " ".join(said.split())))[:MAX_SIGNATURE]


def _body_start(function: Node, node: Node) -> int | None:
    body = function.child_by_field_name("body")
    if body is None:
        body = next((child for child in node.named_children if child.type in _BODIES), None)
    if body is None and node.type == "type_spec":
        inner = node.child_by_field_name("type")
        if inner is not None and inner.type in ("struct_type", "interface_type"):
            # `T struct`, without the fields.
            return inner.start_byte + len(inner.type.partition("_")[0])
    return body.start_byte if body is not None else None


def doc_of(node: Node, whole: Node, language: str) -> str:
    """The first line of Python's docstring, elsewhere of the comment right above; "" without one."""
    if language == "python":
        body = node.child_by_field_name("body")
        first = next((child for child in body.named_children if child.type not in COMMENTS), None) if body else None
        if first is not None and is_lone_string(first):
            return _first_line(_QUOTES.sub("", text_of(first, 4 * MAX_DOC).strip()))
    comment = _comment_above(whole)
    return _first_line(comment) if comment is not None else ""


def _comment_above(node: Node) -> str | None:
    """The first of the comments that end on the row above, with nothing between."""
    found: Node | None = None
    row, at = node.start_point[0], node.prev_named_sibling
    while at is not None and (at.type in COMMENTS or at.type in ("attribute_item", "decorator")):
        # A Rust doc comment includes its line end.
        last = at.end_point[0] - (at.end_point[1] == 0)
        if last < row - 1 or (at.type in COMMENTS and _is_behind_code(at)):
            break
        if at.type in COMMENTS:
            found = at
        row, at = at.start_point[0], at.prev_named_sibling
    return text_of(found, 4 * MAX_DOC) if found is not None else None


def _is_behind_code(comment: Node) -> bool:
    before = comment.prev_sibling
    return before is not None and before.type not in COMMENTS and before.end_point[0] == comment.start_point[0]


def _first_line(text: str) -> str:
    for line in text.split("\n"):
        bare = _MARKS.sub("", _MARKS.sub("", line)).strip()
        if any(char.isalnum() for char in bare):
            return bare[:MAX_DOC]
    return ""
