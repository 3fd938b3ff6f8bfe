"""Whether an answer begins anew where it should continue its request's beginning of it, found while it streams."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from postil.core.request import ChatRequest

_FENCE = re.compile(r"[ \t]*(`{3,})[ \t]*([^`\n]*?)[ \t]*\Z")
_WORD = re.compile(r"\w+|\S")
_BLOCK = re.compile(r"^`{3,}[^`\n]*\n(?:[ \t]*\n)*([^\n]+)\n", re.MULTILINE)
# Lines of prose before the answer's own opening fence.
_MOST_LINES = 12
# Characters of a line that says something by being the same: many lines are a brace.
_LEAST_LINE = 4
# How alike two lines are when one is the other with a change in it.
_ALIKE = 0.6


def opens_fence(line: str) -> bool:
    """Whether a line is a fence with a word behind it, which no closing one has."""
    found = _FENCE.match(line)
    return found is not None and bool(found[2])


def resembles(line: str, other: str) -> bool:
    """Whether a line is another one, perhaps with a change in it. A sentence about the code has its words too, but it
    begins with another."""
    one, two = line.strip(), other.strip()
    if one == two:
        return True
    begins = _WORD.match(one), _WORD.match(two)
    same = begins[0] is not None and begins[1] is not None and begins[0][0] == begins[1][0]
    return same and SequenceMatcher(None, one, two).ratio() >= _ALIKE


class Anew:
    """Feed it the answer to a request that begins its answer with an opening fence. `continued`: a probe says that this
    model's beginnings are continued. Then only the fence itself is sometimes repeated, and only at once."""

    def __init__(self, request: ChatRequest, *, continued: bool) -> None:
        opening, *begun = request.prefill.split("\n")
        fence = _FENCE.match(opening)
        self.watching = fence is not None and bool(begun)
        self._fence = len(fence[1]) if fence else 0
        self.continued = continued
        asked = next((one.content for one in reversed(request.messages) if one.role == "user"), "")
        # The first line of code that the request begins its answer with: "" when it holds only the fence.
        self._own = next((line.strip() for line in begun if line.strip()), "")
        self._firsts = {self._own, *(match[1].strip() for match in _BLOCK.finditer(asked))} - {""}
        self._text: str = ""
        # A fence without a word, and blank lines behind it: the line that follows shows whether it opened or closed.
        self._bare = ""
        self._seen = 0
        self._inside = False

    def feed(self, piece: str, *, last: bool) -> tuple[str, bool]:
        """The text that is decided after this piece. True with it: the answer begins anew here, and what came before is
        no part of it."""
        if not self.watching:
            return piece, False
        self._text += piece
        decided = ""
        while self._text and self.watching:
            line, end, rest = self._text.partition("\n")
            whole = bool(end) or last
            if self._inside:
                # The rest of a line that was no beginning.
                decided += line + end
                self._inside = not end
            elif not whole and self._may_begin(line):
                return decided, False
            elif whole and self._begins(line):
                self.watching = False
                return self._bare + self._text, True
            elif whole and (self._is_bare(line) or (self._bare and not line.strip())):
                self._bare += line + end
            else:
                self._pass(line)
                decided += self._bare + line + end
                self._bare, self._inside = "", not end
            self._text = rest
        if not self.watching or last:
            decided += self._bare + self._text
            self._bare = self._text = ""
        return decided, False

    def _pass(self, line: str) -> None:
        """A line that is no beginning. None is looked for behind a closing fence, nor behind the first line of a model
        whose beginnings are continued."""
        self._seen += bool(line.strip())
        self.watching = not (self._bare or (self.continued and self._seen) or self._seen > _MOST_LINES)

    def _begins(self, line: str) -> bool:
        if self._bare:
            return any(resembles(line, first) for first in self._firsts)
        fence = _FENCE.match(line)
        if fence is not None:
            return bool(fence[2]) and self._long_enough(fence[1])
        bare = line.strip()
        return not (self.continued or self._seen) and bare == self._own and len(bare) >= _LEAST_LINE

    def _may_begin(self, line: str) -> bool:
        """Whether more of a line may show that the answer begins anew."""
        bare = line.strip()
        if self._bare or not bare or bare.startswith("`"):
            return True
        return not (self.continued or self._seen) and self._own.startswith(bare)

    def _is_bare(self, line: str) -> bool:
        fence = _FENCE.match(line)
        return fence is not None and not (self.continued or self._bare) and self._long_enough(fence[1])

    def _long_enough(self, fence: str) -> bool:
        """Code that holds fences stands between longer ones, unless the model opens with its usual three at once."""
        return len(fence) >= self._fence or not self._seen
