"""A definition as other files need to know it: what its author says of it, its signature, those of its methods."""

from __future__ import annotations

from collections.abc import Iterable

from postil.core.context.values import Symbol
from postil.core.syntax.languages import comment_of

# Of a type: more are a library of their own.
_MOST_METHODS = 12
# A stub that is longer is cut to the signature.
_MOST_CHARS = 500

_TYPES = ("class", "struct", "interface", "trait")


def stub(symbol: Symbol, members: Iterable[Symbol], language: str) -> str:
    """The lines of a definition without its body. `members`: definitions of its file, of which its methods are
    taken."""
    mark = comment_of(language) or "//"
    said = [f"{mark} {symbol.doc}"] if symbol.doc else []
    said.append(symbol.signature)
    if symbol.kind in _TYPES:
        methods = [one.signature for one in members if one.owner == symbol.qualified]
        said += [f"    {signature}" for signature in methods[:_MOST_METHODS]]
    whole = "\n".join(said)
    return whole if len(whole) <= _MOST_CHARS else symbol.signature
