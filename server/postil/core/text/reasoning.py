"""Separates a model's reasoning from its answer, where the server leaves both in one text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# The blocks of reasoning that templates open, too: Qwen, DeepSeek and most others; Magistral; Seed.
TEMPLATE_MARKS = (("<think>", "</think>"), ("[THINK]", "[/THINK]"), ("<seed:think>", "</seed:think>"))
# How others mark it, in whichever case: fine-tunes and prompts; MiniMax; Kimi; Cohere; DeepSeek; MedGemma; Gemma 4;
# what wraps Ollama's command; and gpt-oss, whose harmony format names the channel of each message.
_TAGS = (
    *("thinking", "thought", "thoughts", "reasoning", "reflection", "reflect", "analysis", "scratchpad", "cot"),
    *("inner_thoughts", "inner_monologue", "internal_thoughts", "chain_of_thought", "antthinking", "mm:think"),
)
_MARKS = (
    *TEMPLATE_MARKS,
    *((f"<{name}>", f"</{name}>") for name in _TAGS),
    ("<|think|>", "<|/think|>"),
    ("<|thinking|>", "<|/thinking|>"),
    ("<｜begin▁of▁thinking｜>", "<｜end▁of▁thinking｜>"),
    ("<unused94>thought", "<unused95>"),
    ("thinking...\n", "...done thinking."),
    ("◁think▷", "◁/think▷"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|channel>thought", "<channel|>"),
    ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
    ("<|start|>assistant<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
)
# The header of an answer without reasoning in the harmony format.
_HEADERS = ("<|channel|>final<|message|>", "<|start|>assistant<|channel|>final<|message|>")
_LOWER = tuple((opening.lower(), closing.lower()) for opening, closing in _MARKS)
_MARKED = re.compile(r"[<\[◁]|thinking\.\.\.")
# Characters of an answer in which the end of a reasoning is looked for whose beginning the template has written.
_LATEST = 200_000


@dataclass(frozen=True, slots=True)
class Separated:
    """A piece of the stream. `restart`: all text before it was reasoning too, although it came as content; `thinking`
    has it again."""

    content: str = ""
    thinking: str = ""
    restart: bool = False


class ReasoningSplitter:
    """Takes a stream in pieces. Reasoning is recognised at the beginning of the answer only, so that code may hold such
    tags; except the closing tag of a reasoning that the prompt's template has opened. `literal`: texts that the answer
    may quote. A tag that begins a line there is code; a closing tag that stands there in a line ends a reasoning only
    where it has a line to itself."""

    def __init__(self, literal: Iterable[str] = ()) -> None:
        quoted = "\n".join(literal).lower()
        begun = tuple(line.lstrip() for line in quoted.split("\n") if _MARKED.search(line))
        self._marks = tuple(pair for pair in _LOWER if not any(f"{line}\n".startswith(pair) for line in begun))
        self._headers = tuple(header for header in _HEADERS if not any(line.startswith(header) for line in begun))
        closers = tuple(dict.fromkeys(closing for _, closing in self._marks))
        self._closers = re.compile("|".join(map(re.escape, closers)), re.IGNORECASE) if closers else None
        self._doubtful = frozenset(closing for closing in closers if closing in quoted)
        # What of the current line has been passed on.
        self._line = ""
        self._held = ""
        # The tag that ends the reasoning; "" in the answer, None while the beginning is undecided.
        self._until: str | None = None
        # What has come as content, while it may turn out to be reasoning.
        self._spoken: list[str] = []
        self._said = 0

    def feed(self, text: str, *, last: bool = False) -> Separated:
        """The next piece. `last`: nothing comes after it, so that nothing is held back."""
        self._held += text
        content = thinking = ""
        restart = False
        while True:
            if self._until is None:
                # White space goes on at once: pieces stay the tokens that they are.
                bare = self._held.lstrip()
                content += self._passed(len(self._held) - len(bare))
                if self._begins(last=last):
                    continue
                return Separated(content, thinking, restart)
            if self._until:
                piece, ended = self._taken(self._until, last=last)
                thinking += piece
                if not ended:
                    return Separated(content, thinking, restart)
                self._until = None
                continue
            found, sure = self._closing(last=last)
            if found is None or not sure:
                kept = 0 if last else self._partial() if found is None else len(self._held) - found.start()
                piece = self._passed(len(self._held) - kept)
                self._said += len(piece)
                return Separated(content + piece, thinking, restart)
            # The template had opened it: what came before was no answer.
            thinking += "".join(self._spoken) + self._held[: found.start()]
            content, restart = "", True
            self._spoken.clear()
            self._held, self._line = self._held[found.end() :], ""
            self._until = None

    def _passed(self, size: int) -> str:
        """Take so much of the held text for content."""
        piece, self._held = self._held[:size], self._held[size:]
        self._line = (self._line + piece).rpartition("\n")[2]
        if self._said < _LATEST:
            self._spoken.append(piece)
        return piece

    def _closing(self, *, last: bool) -> tuple[re.Match[str] | None, bool]:
        """The closing tag of a reasoning that began with the answer, and whether it is one for sure by now."""
        if self._closers is None or self._said >= _LATEST:
            return None, False
        for found in self._closers.finditer(self._held):
            if found[0].lower() not in self._doubtful:
                return found, True
            before = (self._line + self._held[: found.start()]).rpartition("\n")[2]
            after, ended, _ = self._held[found.end() :].partition("\n")
            if not before.strip() and not after.strip():
                return found, bool(ended) or last
        return None, False

    def _begins(self, *, last: bool) -> bool:
        """Decide what the held text begins with. False while that is undecided."""
        begins = self._held.lower()
        for header in self._headers:
            if begins.startswith(header):
                self._held, self._until = self._held[len(header) :], ""
                return True
        for opening, closing in self._marks:
            if begins.startswith(opening):
                self._held, self._until = self._held[len(opening) :], closing
                return True
        openings = (*self._headers, *(opening for opening, _ in self._marks))
        if not self._held or (not last and any(opening.startswith(begins) for opening in openings)):
            return False
        self._until = ""
        return True

    def _taken(self, closing: str, *, last: bool) -> tuple[str, bool]:
        """The reasoning up to its end, and whether that has come."""
        at = self._held.lower().find(closing)
        if at >= 0:
            piece, self._held = self._held[:at], self._held[at + len(closing) :]
            return piece, True
        kept = 0 if last else _overlap(self._held, closing)
        cut = len(self._held) - kept
        piece, self._held = self._held[:cut], self._held[cut:]
        return piece, False

    def _partial(self) -> int:
        """Characters at the end that may be the beginning of a closing tag."""
        if self._said >= _LATEST:
            return 0
        return max((_overlap(self._held, closing) for _, closing in self._marks), default=0)


def _overlap(text: str, tag: str) -> int:
    """The longest end of `text` that is a beginning of `tag`, without all of it."""
    text = text[-len(tag) :].lower()
    return next((size for size in range(min(len(text), len(tag) - 1), 0, -1) if text.endswith(tag[:size])), 0)
