"""Cuts a file into pieces of some twenty lines, at definitions and blank lines, each with the words that find it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from hashlib import blake2b
from zlib import crc32

from postil.core.context.values import Chunk
from postil.core.context.words import words

# Sixteen lines served completions best of what was tried (issue 27); a cut at a definition is worth some lines less.
LEAST, MOST = 6, 20
# Characters of a chunk whose words are kept: a line of a minified file may have a million.
MAX_CHARS = 6_000

# Comments and decorators belong to the definition below them.
_ABOVE = re.compile(r"\s*(?:#|//|/\*|\*|@|--)")


def chunks(lines: Sequence[str], begins: Set[int]) -> list[Chunk]:
    """The chunks of a file in its order; they never overlap. `begins`: rows where a definition begins. Blank rows at a
    chunk's ends and rows without a word are in none.

    After an edit the chunks soon are the same texts again: at some definitions a chunk begins whatever is before."""
    return list(_chunks(lines, {_with_comments(lines, row) for row in begins}))


def _with_comments(lines: Sequence[str], row: int) -> int:
    while row > 0 and _ABOVE.match(lines[row - 1]):
        row -= 1
    return row


def _chunks(lines: Sequence[str], begins: Set[int]) -> Iterator[Chunk]:
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        end = _end(lines, begins, at)
        last = end
        while not lines[last - 1].strip():
            last -= 1
        text = "\n".join(lines[at:last])
        found = chunk_words(text)
        if found:
            yield Chunk(at, last, found, _digest(text))
        at = end


def chunk_words(text: str) -> str:
    """The words of a chunk's text, with spaces between."""
    return " ".join(words(text[:MAX_CHARS]))


def _digest(text: str) -> int:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _end(lines: Sequence[str], begins: Set[int], first: int) -> int:
    """Where the chunk that begins at `first` ends: at the next definition if the piece isn't too short then, at the
    least indented row behind a blank one, at the latest after MOST rows."""
    end = min(first + MOST, len(lines))
    for row in range(first + 1, end):
        if row in begins and (row - first >= LEAST or _always(lines[row])):
            return row
    if end == len(lines):
        return end
    behind_blank = [row for row in range(first + LEAST, end) if lines[row].strip() and not lines[row - 1].strip()]
    # The first of the least indented: a later one would follow from where this chunk began.
    return min(behind_blank, key=lambda row: (_indent(lines[row]), row)) if behind_blank else end


def _always(line: str) -> bool:
    """Whether a chunk begins at this row of a definition, however short the one before is then. Decided by its text, or
    an insertion could move the borders of all chunks below it: pairs of short functions would be other pairs."""
    return crc32(line.encode("utf-8", "surrogatepass")) % 3 == 0


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
