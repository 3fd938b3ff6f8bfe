"""The cursor's surroundings, and what can be written there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from postil.core.syntax.languages import comment_of

Kind = Literal["rest", "statement", "block"]

OPEN = {"(": ")", "[": "]", "{": "}"}
CLOSE = {closer: opener for opener, closer in OPEN.items()}
QUOTES = "\"'`"
# Behind a cursor with only these the line counts as ended: what editors close automatically, and what ends a statement.
_ENDING = frozenset(")]}>\"'`;,: \t")
# Languages in which a colon at a line's end opens a block.
COLON_BLOCKS = frozenset({"python", "yaml", "nim", "gdscript", "coffeescript"})


def balance(text: str) -> list[str]:
    """The unbalanced brackets of a piece of code in order, without those in strings: `["(", "["]` for `f(a[`, `[")"]`
    for `a)`."""
    left: list[str] = []
    quote = ""
    skip = False
    for char in text:
        if skip:
            skip = False
        elif quote:
            if char == "\\":
                skip = True
            elif char == quote or (char == "\n" and quote != "`"):
                quote = ""
        elif char in QUOTES:
            quote = char
        elif char in OPEN:
            left.append(char)
        elif char in CLOSE:
            if left and left[-1] == CLOSE[char]:
                left.pop()
            else:
                left.append(char)
    return left


def indent_of(line: str) -> int:
    """Columns of white space before a line's first character; a tab reaches the next multiple of four."""
    width = 0
    for char in line:
        if char == " ":
            width += 1
        elif char == "\t":
            width += 4 - width % 4
        else:
            break
    return width


@dataclass(frozen=True)
class Place:
    """The cursor's line before and behind it, and the text below."""

    head: str
    tail: str
    below: str
    language: str

    @cached_property
    def kind(self) -> Kind:
        """What a completion can fill. `rest`: a part of the line, because code follows the cursor. `statement`: a
        statement that was begun, with its block if it opens one. `block`: the lines from an empty line, or from the
        start of a block."""
        if any(char not in _ENDING for char in self.tail):
            return "rest"
        typed = self.head.strip()
        comment = comment_of(self.language)
        if not typed or (comment and typed.startswith(comment) and not self.tail.strip()):
            return "block"
        if self.tail.strip():
            return "statement"
        return "block" if self.opens(self.head) else "statement"

    def opens(self, line: str) -> bool:
        """Whether a line ends by opening a block."""
        bare = line.rstrip()
        return bare.endswith("{") or (self.language in COLON_BLOCKS and bare.endswith(":") and not balance(bare))

    @cached_property
    def floor(self) -> int:
        """The least indentation of a line that belongs to the completion."""
        if not self.head.strip():
            return indent_of(self.head)
        return indent_of(self.head) + (1 if self.kind != "rest" and self.opens(self.head) else 0)

    @cached_property
    def next_line(self) -> str:
        """The first line below that isn't blank, without its end; "" at the end of the file."""
        return next((line.rstrip() for line in self.below.split("\n") if line.strip()), "")
