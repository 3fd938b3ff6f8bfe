"""The part of a document that is sent for an infill: its start stays fixed while the user types, its suffix is
short."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """The text before and behind the wanted text. `indent` is the last white-space character of an otherwise empty
    line; the model writes it itself, because its tokens join a space with the word behind it and no common token fits
    behind the whole indentation. Without any indentation in the prefix the model would be free to leave the user's
    block."""

    prefix: str
    suffix: str
    indent: str

    def whole(self, answer: str) -> str:
        """The answer with `indent` at its beginning, if the model left it out."""
        if answer.startswith(self.indent):
            return answer
        return self.indent if answer.startswith("\n") else self.indent + answer


def window(before: str, after: str, prefix_chars: int, suffix_chars: int) -> Window:
    """The window around a cursor with the texts `before` and `after` it.

    An engine evaluates everything behind the first token that differs from its cache. So the window starts at the
    beginning of a line, and moves only when `prefix_chars` are full, then by half of them. The suffix follows each
    typed character, so it has at most `suffix_chars`, and ends at a line end if there is one.
    """
    line = before[before.rfind("\n") + 1 :]
    indent = line[-1:] if not line.strip(" \t") else ""
    prefix = before[: len(before) - len(indent)]
    return Window(prefix[_start(prefix, prefix_chars) :], _head(after, suffix_chars), indent)


def _start(prefix: str, most: int) -> int:
    """The start of a window of at most `most` characters. It is the same for all prefixes of one step."""
    step = max(most // 2, 1)
    over = len(prefix) - most
    if over <= 0:
        return 0
    start = -(-over // step) * step
    line = prefix.find("\n", start - 1)
    # A line longer than a step is cut inside.
    return line + 1 if 0 <= line < start + step else start


def _head(after: str, most: int) -> str:
    if len(after) <= most:
        return after
    end = after.rfind("\n", 0, most + 1)
    return after[:end] if end > 0 else after[:most]
