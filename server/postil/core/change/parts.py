"""The parts of a program: a syntax tree without comments, white space and brackets, whose parts can be compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from postil.core.syntax.tree import COMMENTS, encode, is_lone_string, parse, plain_string

# Signs that say nothing: what they separate and enclose is in the tree.
_IDLE = frozenset({",", ";", "(", ")", "[", "]", "{", "}", "\n"})
# A whole that is shown and compared as one word.
_WORDS = frozenset(
    {
        "string",
        "string_literal",
        "raw_string_literal",
        "interpreted_string_literal",
        "char_literal",
        "rune_literal",
        "regex",
        "concatenated_string",
        "not in",
        "is not",
    }
)
# Kept even if nothing is in them: something may be added.
LISTS = frozenset({"argument_list", "arguments", "parameters", "formal_parameters", "parameter_list"})
_PARENTHESES = frozenset({"parenthesized_expression"})
# Deeper code is compared as a whole.
_DEEPEST = 150


@dataclass(frozen=True, slots=True)
class Part:
    """A node. `words`: its leaves. `source`: its text. `name`: its field in its parent, or "". `shape`: what two parts
    that are the same program have in common."""

    kind: str
    name: str
    words: tuple[str, ...]
    source: str = field(compare=False)
    children: tuple[Part, ...] = field(compare=False, default=())
    shape: int = 0

    def get(self, name: str) -> Part | None:
        """The first child in this field."""
        return next((child for child in self.children if child.name == name), None)

    def same(self, other: Part | None) -> bool:
        """Whether both are the same code, parentheses aside."""
        return other is not None and self.words == other.words

    def inside(self) -> Iterator[Part]:
        """The part and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.inside()


def parts(text: str, language: str) -> Part | None:
    """The tree of a text; None without a grammar."""
    tree = parse(text, language)
    if tree is None:
        return None
    return _part(tree.root_node, encode(text), "", language, 0)


def _part(node: Node, data: bytes, name: str, language: str, depth: int) -> Part:
    while node.type in _PARENTHESES and node.named_child_count == 1:
        # As a part they would hide that what is inside is the same.
        node = next(child for child in node.children if child.is_named)
    source = data[node.start_byte : node.end_byte].decode("utf-8", "replace")
    if node.type in _WORDS and not any(
        child.type in ("interpolation", "template_substitution") for child in node.children
    ):
        return _leaf(node.type, name, (plain_string(source),), source)
    if not node.children or depth > _DEEPEST:
        word = source.strip()
        return _leaf(node.type, name, (word,) if word and word not in _IDLE else (), source)
    children: list[Part] = []
    for index, child in enumerate(node.children):
        if child.type in COMMENTS or (language == "python" and is_lone_string(child)):
            continue
        part = _part(child, data, node.field_name_for_child(index) or "", language, depth + 1)
        if part.words or part.kind in LISTS:
            children.append(part)
    if not children and node.type not in LISTS:
        # An empty list, object or block.
        return _leaf(node.type, name, ("".join(source.split()),), source)
    words = tuple(word for child in children for word in child.words)
    if len(children) == 1 and node.type == "expression_statement":
        only = children[0]
        return Part(only.kind, name, only.words, source.removesuffix(";"), only.children, only.shape)
    shape = hash((node.type, *(child.shape for child in children)))
    return Part(node.type, name, words, source, tuple(children), shape)


def _leaf(kind: str, name: str, words: tuple[str, ...], source: str) -> Part:
    return Part(kind, name, words, source, shape=hash((kind, words)))
