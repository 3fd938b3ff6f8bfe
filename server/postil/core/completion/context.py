"""Which pieces of other files stand before an infill, and when they stay what they were.

An engine reads again all that is behind the first token that differs from its cache. The pieces are before everything
else, so they may change only where the user has gone on to something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from postil.core.request import Snippet

# The lines around the cursor say what is being written, those far from it what was.
_LINES_ABOVE, _LINES_BELOW = 12, 8
# Lines that the cursor goes before other pieces are looked for: about one function on.
_FAR = 40
# What a user waits once, when the pieces change: after that they are in the engine's cache.
_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Context:
    """What stands before an infill in a document that is shown as `path`. `line`: of the cursor when it was looked
    for; `snippets`: the best one last."""

    uri: str = ""
    line: int = 0
    path: str = ""
    snippets: tuple[Snippet, ...] = ()

    def holds(self, uri: str, line: int) -> bool:
        """Whether it is still that for a cursor there."""
        return uri == self.uri and abs(line - self.line) < _FAR


NO_CONTEXT = Context()


def wanted(before: str, after: str) -> str:
    """The text whose words the pieces are to share, for a cursor between two texts."""
    above, below = before.split("\n")[-_LINES_ABOVE:], after.split("\n")[:_LINES_BELOW]
    return "\n".join(above) + "\n".join(below)


def fitting(found: Sequence[Snippet], chars: int) -> tuple[Snippet, ...]:
    """As many of the pieces, of which the best comes first, as fit into so many characters; the best one last, next to
    the text to fill in. None is cut: half a piece ends in the middle of something."""
    kept: list[Snippet] = []
    for one in found:
        chars -= len(one.path) + len(one.text)
        if chars < 0:
            break
        kept.append(one)
    return tuple(reversed(kept))


def affordable(most: int, tokens_per_second: float | None, chars_per_token: float) -> int:
    """Characters of context, at most so many, that the engine reads in the time that a user waits for them once. None
    before its speed is known."""
    return 0 if tokens_per_second is None else min(most, int(tokens_per_second * chars_per_token * _SECONDS))
