"""Parse trees: syntax errors, tokens, and whether two texts are the same program."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Sequence
from functools import cache

from tree_sitter import Language, Node, Parser, Tree

from postil.core.syntax.languages import comment_of
from postil.core.text.positions import split_lines

# LSP language id -> (module of the grammar's wheel, its function). tree-sitter-language-pack isn't used: it downloads
# grammars at run time, and Postil must work without a network.
GRAMMARS = {
    "python": ("tree_sitter_python", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "javascriptreact": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "typescriptreact": ("tree_sitter_typescript", "language_tsx"),
    "go": ("tree_sitter_go", "language"),
    "rust": ("tree_sitter_rust", "language"),
}
ECMASCRIPT = frozenset({"javascript", "javascriptreact", "typescript", "typescriptreact"})

COMMENTS = frozenset({"comment", "line_comment", "block_comment", "html_comment", "hash_bang_line"})
_STRINGS = frozenset({"string", "string_literal", "raw_string_literal", "interpreted_string_literal"})
# Languages without a grammar in which indentation has a meaning.
_INDENTED = frozenset({"yaml", "makefile", "nim", "haskell", "fsharp", "markdown", "plaintext"})
# A trailing comma has a meaning in a tuple with one element, in a subscript (the key becomes a tuple), and in the
# tokens of a Rust macro.
_COMMA_MATTERS = frozenset({"tuple", "tuple_pattern", "tuple_expression", "tuple_type"})
_COMMA_KEPT = frozenset({"subscript", "token_tree"})
_CLOSING = frozenset({")", "]", "}", ">", "|"})
# Without their parentheses `(a?.b).c` and Rust's `(self.f)(x)` mean something else.
_PARENTHESES_KEPT_UNDER = frozenset(
    {"call_expression", "member_expression", "subscript_expression", "new_expression", "field_expression"}
)
_OPEN, _CLOSE = "\0(", "\0)"


@cache
def _grammar(language: str) -> Language | None:
    found = GRAMMARS.get(language)
    if found is None:
        return None
    capsule: object = getattr(importlib.import_module(found[0]), found[1])()
    return Language(capsule)


def encode(text: str) -> bytes:
    """The text as UTF-8, with `?` for each lone surrogate."""
    return text.encode("utf-8", "replace")


def parse(text: str, language: str) -> Tree | None:
    """The syntax tree of a text; None for a language without a grammar. Never raises, whatever the text."""
    grammar = _grammar(language)
    if grammar is None:
        return None
    # A new parser for each text (microseconds), because two threads must not share one.
    return Parser(grammar).parse(encode(text))


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, parents first, without recursion (code may be nested thousands deep)."""
    cursor = node.walk()
    depth = 0
    while True:
        if cursor.node is not None:
            yield cursor.node
        if cursor.goto_first_child():
            depth += 1
            continue
        while depth == 0 or not cursor.goto_next_sibling():
            if depth == 0 or not cursor.goto_parent():
                return
            depth -= 1


def error_count(text: str, language: str) -> int | None:
    """Errors and missing tokens that tree-sitter sees; None without a grammar."""
    tree = parse(text, language)
    if tree is None:
        return None
    if not tree.root_node.has_error:
        return 0
    return sum(1 for node in walk(tree.root_node) if node.is_error or node.is_missing)


def new_errors(old: str, new: str, language: str) -> bool:
    """Whether `new` has more syntax errors than `old`. False for a language without a grammar."""
    after = error_count(new, language)
    return bool(after) and after > (error_count(old, language) or 0)


def dedent(text: str) -> str:
    """The text without the indentation of its first line. Lines with another indentation (inside a string, for example)
    stay as they are."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    margin = first[: len(first) - len(first.lstrip(" \t"))]
    return "\n".join(line.removeprefix(margin) for line in text.split("\n")) if margin else text


def standalone(text: str, language: str, kind: str) -> str:
    """A unit's text (`kind` as in `Unit.kind`) as a text that parses by itself: dedented, the head of a class closed, a
    method in a class."""
    text = dedent(text)
    holder = "class _" if language in ECMASCRIPT else "impl X" if language == "rust" else None
    if holder is None:
        return text
    if kind == "class-head" and text.count("{") > text.count("}"):
        return f"{text}\n}}"
    return f"{holder} {{\n{text}\n}}" if kind in ("method", "class-head") else text


def normal_tokens(text: str, language: str, *, docstrings: bool = False) -> list[str]:
    """The tokens of a text without comments and white space, strings with normalised quotes, and Python's docstrings
    only if asked for. Without a grammar: the words and signs of each line, and `\\n`."""
    tree = parse(text, language)
    if tree is None:
        return [part for line in text.splitlines() for part in (*re.findall(r"\w+|[^\w\s]", line), "\n")]
    return list(_tokens(tree.root_node, encode(text), language, docstrings=docstrings, shape=False))


def same_code(a: str, b: str, language: str, *, docstrings: bool = False) -> bool:
    """Whether two texts are the same program: their trees are equal apart from comments, white space without a meaning,
    string quotes, redundant parentheses and trailing commas. Docstrings count only with `docstrings`.

    False if in doubt. Without a grammar: whether the lines are equal apart from blank ones, whole-line comments, and
    the white space inside.
    """
    if a == b:
        return True
    one, other = parse(a, language), parse(b, language)
    if one is None or other is None:
        return _plain_lines(a, language) == _plain_lines(b, language)
    if one.root_node.has_error != other.root_node.has_error:
        return False
    first = _tokens(one.root_node, encode(a), language, docstrings=docstrings, shape=True)
    second = _tokens(other.root_node, encode(b), language, docstrings=docstrings, shape=True)
    return list(first) == list(second)


def _plain_lines(text: str, language: str) -> list[str]:
    comment = comment_of(language)
    kept: list[str] = []
    for line in split_lines(text):
        bare = " ".join(line.split())
        if bare and not (comment and bare.startswith(comment)):
            indent = line[: len(line) - len(line.lstrip())] if language in _INDENTED else ""
            kept.append(indent + bare)
    return kept


def _tokens(root: Node, data: bytes, language: str, *, docstrings: bool, shape: bool) -> Iterator[str]:
    """The leaves in order. With `shape` also the inner nodes, as brackets around their leaves, without punctuation that
    has no meaning."""
    stack: list[tuple[Node | str, str]] = [(root, "")]
    while stack:
        node, parent = stack.pop()
        if isinstance(node, str):
            yield node
            continue
        kind = node.type
        if kind in COMMENTS or (not docstrings and language == "python" and is_lone_string(node)):
            continue
        children = node.children
        if kind == "jsx_expression" and all(child.type in COMMENTS or child.type in "{}" for child in children):
            # It holds only a comment, between tags.
            continue
        if kind in _STRINGS and not any(child.type == "interpolation" for child in children):
            yield plain_string(_word(node, data))
        elif not children:
            word = _word(node, data)
            if word.strip() or (node.is_named and kind != "jsx_text"):
                yield " ".join(word.split()) if kind == "jsx_text" else word
        elif not shape:
            stack += [(child, kind) for child in reversed(children)]
        else:
            parts = _without_idle_marks(kind, children, language)
            if kind == "parenthesized_expression" and parent not in _PARENTHESES_KEPT_UNDER:
                stack += [(child, kind) for child in reversed(parts) if child.type not in "()"]
            else:
                yield _OPEN + kind
                stack.append((_CLOSE, ""))
                stack += [(child, kind) for child in reversed(parts)]


def _word(node: Node, data: bytes) -> str:
    return data[node.start_byte : node.end_byte].decode("utf-8", "replace")


def is_lone_string(node: Node) -> bool:
    """Whether a statement is only a string, such as a docstring. An f-string runs code."""
    if node.type != "expression_statement" or node.child_count != 1:
        return False
    only = node.children[0]
    return only.type == "string" and not any(child.type == "interpolation" for child in only.children)


def _without_idle_marks(kind: str, children: Sequence[Node], language: str) -> list[Node]:
    """Children without comments, without a trailing comma and, in ECMAScript, a statement's semicolon."""
    parts = [child for child in children if child.type not in COMMENTS]
    if language in ECMASCRIPT and len(parts) > 1 and parts[-1].type == ";":
        return parts[:-1] if kind.endswith(("_statement", "_declaration")) else parts
    if (
        len(parts) > 3
        and parts[-1].type in _CLOSING
        and parts[-2].type == ","
        and parts[-3].is_named
        and kind not in _COMMA_KEPT
        and not (kind in _COMMA_MATTERS and len(parts) == 4)
    ):
        del parts[-2]
    return parts


def plain_string(token: str) -> str:
    """A string token with double quotes instead of single ones, if it contains neither double quotes nor
    backslashes."""
    prefix = token[: len(token) - len(token.lstrip("rbuRBU"))]
    body = token[len(prefix) :]
    for quote in ("'''", "'"):
        inner = body[len(quote) : -len(quote)]
        fits = len(body) >= 2 * len(quote) and body.startswith(quote) and body.endswith(quote)
        if fits and '"' not in inner and "\\" not in inner:
            return prefix + '"' * len(quote) + inner + '"' * len(quote)
    return token
