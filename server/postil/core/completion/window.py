"""The part of a document that an infill sees: a start that stays while one types, and a short suffix."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """What goes before and behind the wanted text. `indent` is the last character of an otherwise empty line's white
    space, which the model is left to write: its tokens join a space with the word behind it, so that after the whole
    indentation no usual token fits. With all of it left out the model is free to end the block that the user is in."""

    prefix: str
    suffix: str
    indent: str

    def whole(self, answer: str) -> str:
        """The answer from the end of the prefix on, also where the model went on without `indent`; nothing where it
        went to another line."""
        if answer.startswith(self.indent):
            return answer
        return self.indent if answer.startswith("\n") else self.indent + answer


def window(before: str, after: str, prefix_chars: int, suffix_chars: int) -> Window:
    """The window around a cursor with the texts `before` and `after` it.

    An engine evaluates everything behind the first token that differs from its cache. So the start is the beginning
    of a line and moves only when `prefix_chars` are full, then by half of them; and the suffix, which stands behind
    every typed character, is at most `suffix_chars`, cut at a line's end where there is one.
    """
    line = before[before.rfind("\n") + 1 :]
    indent = line[-1:] if not line.strip(" \t") else ""
    prefix = before[: len(before) - len(indent)]
    return Window(prefix[_start(prefix, prefix_chars) :], _head(after, suffix_chars), indent)


def _start(prefix: str, most: int) -> int:
    """Where a window of at most `most` characters begins; the same for all prefixes of one step."""
    step = max(most // 2, 1)
    over = len(prefix) - most
    if over <= 0:
        return 0
    start = -(-over // step) * step
    line = prefix.find("\n", start - 1)
    # A line longer than a step has no better place.
    return line + 1 if 0 <= line < start + step else start


def _head(after: str, most: int) -> str:
    if len(after) <= most:
        return after
    end = after.rfind("\n", 0, most + 1)
    return after[:end] if end > 0 else after[:most]
