"""Candidates that need no model: one small change of a suspect each, the likeliest kinds first.

The operators of mutation analysis, applied the other way round: they were made to imitate the small mistakes of people
(Debroy and Wong, "Using mutation to automatically suggest fixes for faulty programs", ICST 2010; PraPR, ISSTA 2019).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from tree_sitter import Node

from postil.core.change.kinds import ARGUMENTS, ATTRIBUTES, BINARY, BLOCKS, CALLS, COLLECTIONS, CONDITIONAL, NOT
from postil.core.data import Entry, load_data
from postil.core.syntax.tree import COMMENTS, encode, parse, walk
from postil.core.syntax.units import Unit
from postil.core.verify.rewrites.candidate import Candidate, rewritten

ASKED = "mechanical"
# Of one suspect. Names come last, and a long function has hundreds of pairs of them.
MOST = 120
# Changes that are looked at for these: some milliseconds each.
_MOST_READ = 4 * MOST
# Operands of a call or a list whose neighbours are exchanged; more are a table.
_FEW = 6
_NUMBERS = frozenset({"integer", "number", "int_literal", "integer_literal"})
# Longer ones are no counts, and Python refuses to read some of them.
_COUNT = re.compile(r"[0-9]{1,9}")
_FIELDS = ("attribute", "property", "field")
# A sum has a left side, a sign and a right side.
_SUM = 3
_OPERATIONS = frozenset({"binary_operator", "binary_expression"})
# Where a sign is an operator.
_SIGNED = (
    BINARY
    | NOT
    | {"augmented_assignment", "augmented_assignment_expression", "assignment_statement", "compound_assignment_expr"}
)
# Where one more or less is a likely mistake: what is returned, compared, passed, counted.
_COUNTED = (
    _OPERATIONS
    | ARGUMENTS
    | {"return_statement", "pair", "keyword_argument", "assignment", "variable_declarator", "subscript", "slice"}
    | {"comparison_operator", "subscript_expression", "index_expression", "expression_list"}
)
_CONDITIONAL = CONDITIONAL | {"ternary_expression"}
# Where a name is bound that a function uses.
_BINDING = frozenset(
    {
        "parameters",
        "typed_parameter",
        "default_parameter",
        "typed_default_parameter",
        "lambda_parameters",
        "formal_parameters",
        "required_parameter",
        "optional_parameter",
        "parameter_declaration",
        "parameter",
        "variable_declarator",
        "let_declaration",
        "pattern_list",
        "tuple_pattern",
        "for_statement",
        "for_in_statement",
        "for_in_clause",
        "for_expression",
        "closure_parameters",
        "assignment_pattern",
    }
)
_ASSIGNING = frozenset({"assignment", "short_var_declaration", "range_clause"})
_MEMBERS = frozenset({"field_declaration", "public_field_definition", "property_signature"})
_IDLE_NAMES = frozenset({"self", "_", "this"})


class _Table(Entry, frozen=True):
    pairs: tuple[tuple[str, str], ...]


@cache
def table() -> Mapping[str, tuple[str, ...]]:
    """What may stand for a token, by token."""
    found: dict[str, list[str]] = {}
    for one, other in load_data("mechanical.toml", _Table).pairs:
        found.setdefault(one, []).append(other)
        found.setdefault(other, []).append(one)
    return {token: tuple(others) for token, others in found.items()}


def mechanical(unit: Unit, file: Sequence[str]) -> Iterator[Candidate]:
    """The candidates of a unit in the `file` of these lines, without those that don't parse or are the same program; at
    most MOST. None of a language without a grammar."""
    text = "\n".join(file)
    tree = parse(text, unit.language)
    if tree is None:
        return
    nodes = list(walk(tree.root_node))
    within = [one for one in nodes if unit.first_line <= one.start_point.row and one.end_point.row < unit.last_line]
    code = _Code(unit, encode(text), within, nodes)
    known: set[str] = set()
    read = 0
    for changes in (
        code.receivers,
        code.tokens,
        code.receiverless,
        code.exchanged,
        code.negated,
        code.numbers,
        code.shifted,
        code.names,
        code.fields,
        code.moved,
    ):
        for change in changes():
            read += 1
            if read > _MOST_READ:
                return
            found = rewritten(unit, code.applied(change), ASKED)
            if isinstance(found, Candidate) and found.text not in known:
                known.add(found.text)
                yield found
                if len(known) >= MOST:
                    return


# Bytes of the file from, up to, and what takes their place.
_Change = tuple[int, int, bytes]


@dataclass(frozen=True, slots=True)
class _Code:
    """`data`: the file; `nodes`: those of the unit, `all_nodes` of the file, both in the order of their beginnings."""

    unit: Unit
    data: bytes
    nodes: Sequence[Node]
    all_nodes: Sequence[Node]

    def applied(self, change: _Change) -> str:
        """The unit's text with a change in it."""
        first, last, new = change
        text = (self.data[:first] + new + self.data[last:]).decode("utf-8", "replace")
        lines = text.split("\n")
        return "\n".join(lines[self.unit.first_line : len(lines) - self._behind])

    @property
    def _behind(self) -> int:
        return self.data.count(b"\n") + 1 - self.unit.last_line

    def tokens(self) -> Iterator[_Change]:
        """Operators and names that are written for one another; what isn't negated any more."""
        for node in self.nodes:
            if node.child_count == 0:
                text = self._text(node)
                # Elsewhere a `>` is the end of a tag or of a list of types.
                for new in table().get(text, ()) if text.isidentifier() or _parent(node) in _SIGNED else ():
                    yield self._put(node, new)
                if self._text(node) in ("!", "not") and node.parent is not None:
                    yield self._put(node, "")

    def numbers(self) -> Iterator[_Change]:
        """One more, one less."""
        for node in self.nodes:
            text = self._text(node)
            if node.type in _NUMBERS and _COUNT.fullmatch(text):
                kept = self._counted_from(node)
                yield self._put(node, str(int(text) + 1))
                if kept is not None and kept.parent is not None and int(text) == 1:
                    yield self._put(kept.parent, self._text(kept))
                elif int(text):
                    yield self._put(node, str(int(text) - 1))

    def shifted(self) -> Iterator[_Change]:
        """One more or less than what is returned, passed or compared."""
        for node in self.nodes:
            if (node.type in CALLS or node.type in _OPERATIONS) and _parent(node) in _COUNTED:
                for more in (" + 1", " - 1"):
                    yield self._put(node, self._text(node) + more)

    def negated(self) -> Iterator[_Change]:
        """The opposite of a condition."""
        mark = "not " if self.unit.language == "python" else "!"
        for node in self.nodes:
            condition = node.child_by_field_name("condition") if node.type in _CONDITIONAL else None
            if condition is not None:
                text = self._text(condition)
                if condition.type == "parenthesized_expression":
                    yield self._put(condition, f"({mark}{text})")
                else:
                    yield self._put(condition, f"{mark}({text})")

    def exchanged(self) -> Iterator[_Change]:
        """Neighbours in a call or a list."""
        for node in self.nodes:
            if node.type not in ARGUMENTS and node.type not in COLLECTIONS:
                continue
            parts = node.named_children
            for one, other in pairwise(parts if len(parts) <= _FEW else ()):
                between = self.data[one.end_byte : other.start_byte]
                new = encode(self._text(other)) + between + encode(self._text(one))
                yield one.start_byte, other.end_byte, new

    def names(self) -> Iterator[_Change]:
        """Another name that the unit binds."""
        bound = self._bound
        for node in self.nodes:
            if node.type == "identifier" and self._text(node) in bound and self._field(node.parent) != node:
                for name in bound:
                    if name != self._text(node):
                        yield self._put(node, name)

    def fields(self) -> Iterator[_Change]:
        """Another field that the file names. Not another method: of those some pass by chance (`clone` for `rev`)."""
        seen = dict.fromkeys(name for node in self.all_nodes if (name := self._named(node)))
        for node in self.nodes:
            field = self._field(node)
            if field is not None and not _is_called(node):
                for name in seen:
                    if name != self._text(field):
                        yield self._put(field, name)

    def receiverless(self) -> Iterator[_Change]:
        """The name for the field of that name: `month` for `day.month`."""
        bound = self._bound
        for node in self.nodes:
            field = self._field(node)
            if field is not None and self._text(field) in bound:
                yield self._put(node, self._text(field))

    def receivers(self) -> Iterator[_Change]:
        """Go's method that changes a copy of its receiver."""
        for node in self.nodes:
            receiver = node.child_by_field_name("receiver") if node.type == "method_declaration" else None
            if receiver is not None and b" " in (text := receiver.text or b"") and b"*" not in text:
                yield receiver.start_byte, receiver.end_byte, text.replace(b" ", b" *", 1)

    def moved(self) -> Iterator[_Change]:
        """Two statements in the other order."""
        for node in self.nodes:
            behind = node.next_named_sibling
            if _parent(node) not in BLOCKS or not node.is_named or behind is None:
                continue
            if node.type in COMMENTS or behind.type in COMMENTS or behind.end_point.row >= self.unit.last_line:
                continue
            between = self.data[node.end_byte : behind.start_byte]
            new = encode(self._text(behind)) + between + encode(self._text(node))
            yield node.start_byte, behind.end_byte, new

    def _counted_from(self, number: Node) -> Node | None:
        """What is left of a sum without the number."""
        parent = number.parent
        if parent is None or parent.type not in _OPERATIONS or parent.child_count != _SUM:
            return None
        left, sign, right = parent.children
        return left if right == number and self._text(sign) in ("+", "-") else None

    @property
    def _bound(self) -> list[str]:
        """The names that the unit binds, in the order of the text."""
        found: dict[str, None] = {}
        for node in self.nodes:
            parent = node.parent
            if node.type != "identifier" or parent is None or self._text(node) in _IDLE_NAMES:
                continue
            assigned = parent if parent.type in _ASSIGNING else parent.parent
            left = assigned.child_by_field_name("left") if assigned and assigned.type in _ASSIGNING else None
            if parent.type in _BINDING or (left is not None and node in (left, *left.named_children)):
                found.setdefault(self._text(node))
        return list(found)

    def _named(self, node: Node) -> str:
        """The field that a node names or declares; "" for another node, and for a method."""
        field = self._field(node)
        if field is not None:
            return "" if _is_called(node) else self._text(field)
        name = node.child_by_field_name("name") if node.type in _MEMBERS else None
        if node.type == "assignment" and node.child_by_field_name("type") is not None:
            # A field of a dataclass.
            name = node.child_by_field_name("left")
        return "" if name is None or name.child_count else self._text(name)

    def _field(self, node: Node | None) -> Node | None:
        """The name behind the dot of such a node."""
        if node is None or node.type not in ATTRIBUTES:
            return None
        return next((one for name in _FIELDS if (one := node.child_by_field_name(name)) is not None), None)

    def _text(self, node: Node) -> str:
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def _put(self, node: Node, new: str) -> _Change:
        return node.start_byte, node.end_byte, encode(new)


def _parent(node: Node) -> str:
    return node.parent.type if node.parent is not None else ""


def _is_called(node: Node) -> bool:
    return node.parent is not None and node.parent.type in CALLS
