"""A document as LSP describes it, written as plainly as can be: what the server's text is compared with."""

from __future__ import annotations

from typing import Literal

Encoding = Literal["utf-8", "utf-16", "utf-32"]
Place = tuple[int, int]
# What an editor may send, and more: mixed line ends, separators that are none, right-to-left, emoji with joiners,
# combining marks, CJK, NUL, half a surrogate pair.
PIECES = (
    "", "a", "x = 1", "\n", "\r\n", "\r", "\n\r", "line\n", "two\r\nlines\r\n", "\ttab", " ", "é", "e\u0301",
    "שלום", "مرحبا",    "中文字", "日本語\n", "한국", "😀", "👩‍👩‍👧‍👦", "🇨🇭", "\x00", 
    "\x0b", "\x0c", "\x1c", "\x1d", "\x85", "\u2028", "\u2029", "\ufeff",
    "\ud800", "\udc00", "𝕏" * 3, "a" * 40, "\u202e", "\u200d",
)  # fmt: skip


def units(char: str, encoding: Encoding) -> int:
    """How many code units one character is."""
    point = ord(char)
    if encoding == "utf-32":
        return 1
    if encoding == "utf-16":
        return 2 if point >= 0x10000 else 1
    return 1 + (point >= 0x80) + (point >= 0x800) + (point >= 0x10000)


class ModelDocument:
    """A text, and nothing that is worked out in advance."""

    def __init__(self, text: str, encoding: Encoding) -> None:
        self.text = text
        self.encoding: Encoding = encoding

    def lines(self) -> list[tuple[int, int]]:
        """Where each line begins, and where it ends without its line end."""
        found, start, at = [], 0, 0
        while at < len(self.text):
            if self.text[at] in "\r\n":
                found.append((start, at))
                at += 2 if self.text[at : at + 2] == "\r\n" else 1
                start = at
            else:
                at += 1
        return [*found, (start, len(self.text))]

    def offset(self, place: Place) -> int:
        line, character = place
        lines = self.lines()
        if line >= len(lines):
            return len(self.text)
        at, end = lines[line]
        seen = 0
        while at < end:
            seen += units(self.text[at], self.encoding)
            if seen > character:
                break
            at += 1
        return at

    def change(self, start: Place, end: Place, new: str) -> None:
        first, last = sorted((self.offset(start), self.offset(end)))
        self.text = self.text[:first] + new + self.text[last:]
