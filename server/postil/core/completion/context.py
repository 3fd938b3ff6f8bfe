"""What stands before an infill beside the text around the cursor, and when it stays what it was.

An engine reads again all that is behind the first token that differs from its cache. So what is far from the cursor
may change only when the window moves, and what changes with the line stands right above it.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from postil.core.context.values import ImportStatement
from postil.core.context.words import IDENTIFIER, words
from postil.core.request import Snippet
from postil.core.syntax.languages import comment_of

# What is being written is in the lines next to the cursor: of 58 names that the windows of bench/context's tune holes
# don't show, three pieces that share words with 4 lines above and 1 below have 33, with 12 and 8 lines 18; looked for 5
# lines earlier 7.
_LINES_ABOVE, _LINES_BELOW = 4, 1
# With the names that are imported and not used yet they have four more; a file with many is being taken apart.
_MOST_UNUSED = 8
# Lines of a piece, those that share most words: whole chunks have 33 of these names, 8 lines of each 30.
_PIECE_LINES = 8
# Pieces stand so many lines above the cursor's when they come: what is being written follows the lines before it.
_UP = 4
# Lines that the cursor goes on before the pieces follow, if they are the same.
_FAR = 40
# What a user waits for the header once, and for pieces at each line that has others.
HEADER_SECONDS, PIECES_SECONDS = 3.0, 0.5
# Fewer characters of pieces are the head of one and nothing else.
LEAST_PIECES = 300
# Of the characters of other files: stubs of what is imported. Pieces get the rest.
STUBS_SHARE = 0.4
# A statement that imports more is the table of contents of another module.
_MOST_STATEMENT = 600


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the window of a document that is shown as `path`: `imports`, lines of its own that the window
    doesn't show, and `snippets` of other files. `start`: characters above the window; `line`: of the cursor then."""

    uri: str = ""
    start: int = 0
    line: int = 0
    path: str = ""
    imports: str = ""
    snippets: tuple[Snippet, ...] = ()

    def holds(self, uri: str, start: int, line: int) -> bool:
        """Whether it is still that for a cursor there."""
        return (uri, start) == (self.uri, self.start) and abs(line - self.line) < _FAR


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of other files above the lines at the cursor, the best one last. `said`: the words that had been written
    on `line` when they were looked for; `row`: of the document, above which they stand."""

    uri: str = ""
    line: int = 0
    said: tuple[str, ...] = ()
    row: int = 0
    snippets: tuple[Snippet, ...] = ()

    def holds(self, uri: str, line: int, said: tuple[str, ...]) -> bool:
        """Whether nothing has been written since by which others would be found. A word that is being typed is none."""
        return (uri, line, said) == (self.uri, self.line, self.said)

    def followed_by(self, found: Pieces) -> Pieces:
        """What stands there when others may have been found: the same pieces stay where they are, in the cache."""
        near = found.uri == self.uri and 0 <= found.line - self.row < _FAR
        if not near or found.snippets != self.snippets:
            return found
        return replace(found, row=self.row)


@dataclass(frozen=True, slots=True)
class Context:
    """All that an infill is given beside the text around the cursor, which is in that line."""

    header: Header = Header()
    pieces: Pieces = Pieces()
    line: int = 0
    language: str = ""

    def prefix(self, prefix: str) -> str:
        """The text before the cursor with the imports before it and the pieces in it."""
        rows = prefix.split("\n")
        at = min(max(self.pieces.row - (self.line - len(rows) + 1), 0), len(rows) - 1)
        mark = comment_of(self.language)
        if self.pieces.snippets and mark is not None:
            indent = rows[at][: len(rows[at]) - len(rows[at].lstrip())]
            rows[at:at] = [indent + said for one in self.pieces.snippets for said in _as_comment(one, mark)]
        above = f"{self.header.imports}\n\n" if self.header.imports else ""
        return above + "\n".join(rows)


NO_CONTEXT = Context()


def _as_comment(one: Snippet, mark: str) -> list[str]:
    return [f"{mark} From {one.path}:", *(f"{mark} {line}".rstrip() for line in one.text.split("\n"))]


def wanted(before: str, after: str, unused: Sequence[str] = ()) -> str:
    """The text whose words the pieces are to share, for a cursor between two texts. `unused`: what the file imports and
    doesn't use yet."""
    above, below = before.split("\n")[-_LINES_ABOVE:], after.split("\n")[: 1 + _LINES_BELOW]
    return "\n".join(above) + "\n".join((*below, " ".join(unused[:_MOST_UNUSED])))


def pieces_row(line: int) -> int:
    """Above which row pieces stand that come with the cursor in a line."""
    return max(line - _UP, 0)


def said_on_line(before: str) -> tuple[str, ...]:
    """The words on the cursor's line, but for one that may go on."""
    found = IDENTIFIER.findall(before.rpartition("\n")[2])
    return tuple(found[:-1] if before[-1:].isalnum() or before.endswith("_") else found)


def trimmed(text: str, query: str) -> str:
    """The lines of a piece, next to each other, that share most words with what was asked for."""
    rows, sought = text.split("\n"), set(words(query))
    shared = [len(sought.intersection(words(row))) for row in rows]
    last = max(len(rows) - _PIECE_LINES, 0)
    best = max(range(last + 1), key=lambda at: (sum(shared[at : at + _PIECE_LINES]), -at))
    return "\n".join(rows[best : best + _PIECE_LINES])


def fitting(found: Sequence[Snippet], chars: int) -> tuple[Snippet, ...]:
    """The pieces, of which the best comes first, that fit into so many characters, the best one last, next to the text
    to fill in. None is cut: half a piece ends in the middle of something."""
    kept: list[Snippet] = []
    for one in found:
        size = len(one.path) + len(one.text)
        # A long line of a minified file takes the room of no other.
        if size <= chars:
            kept.append(one)
            chars -= size
    return tuple(reversed(kept))


def imports_above(statements: Sequence[ImportStatement], row: int, seen: Set[str], chars: int) -> str:
    """The statements above a row that bring names that aren't seen, as many as fit into so many characters. The last
    ones first: a project's own stand below those of its libraries."""
    kept: list[str] = []
    for one in reversed(statements):
        if one.last > row or len(one.text) > _MOST_STATEMENT or seen >= set(one.names):
            continue
        if len(one.text) < chars:
            kept.append(one.text)
            chars -= len(one.text) + 1
    return "\n".join(reversed(kept))


def affordable(most: int, tokens_per_second: float | None, chars_per_token: float, seconds: float) -> int:
    """Characters, at most so many, that the engine reads in the time that a user waits for them. None before its speed
    is known."""
    return 0 if tokens_per_second is None else min(most, int(tokens_per_second * chars_per_token * seconds))
