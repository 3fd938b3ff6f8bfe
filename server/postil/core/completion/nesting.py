"""What a piece of a line leaves open or closes too often: brackets, strings, interpolations, tags and comments, in any
language. It reads no grammar, so it serves to compare two versions of a line, not to judge one."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

_BRACKETS = {"(": ")", "[": "]", "{": "}"}
# What opens a text that ends with its own mark, and what opens code in a text.
_COMMENTS = {"<!--": "-->", "/*": "*/"}
_TEMPLATES = {"<%": "%>", "<?": "?>"}
_QUOTE = re.compile(r"\"\"\"|'''|[\"'`]")
_CODE = re.compile(
    r"(?P<skip>[-=]>(?!>)|[<>]=|<-|<<|\\.)|(?P<tag></(?P<name>[\w.:-]*)\s*>)|(?P<comment><!--|/\*)|(?P<template><[%?])"
    r"|(?P<close>-->|\*/|[%?]>|[)\]}])|(?P<void>/>)|(?P<quote>\"\"\"|'''|[\"'`])|(?P<open>[(\[{])"
    r"|(?P<angle><(?![\s<=])(?P<element>[A-Za-z][\w.:-]*)?)|(?P<end>>)",
    re.DOTALL,
)
# A string with `{code}` in it: Python's, C#'s.
_INTERPOLATES = re.compile(r"(?:(?<!\w)[rRbB]?[fFtT][rRbB]?|\$@?|@\$)\Z")
_STRING_PREFIX = re.compile(r"(?<!\w)[rRbBfFuUtTL]{1,2}\Z")
_RUST_CHARACTER = re.compile(r"'(?:\\[^']+|[^\\'])'")


@dataclass(frozen=True, slots=True)
class _Open:
    """Something open, and what closes it. `text`: what follows is text, not code. `loose`: nothing is wrong when it is
    never closed, such as a bracket in a text, or `<`, which may be an operator."""

    closer: str
    text: bool = False
    loose: bool = False
    element: str = ""
    interpolates: bool = False


def unbalanced(line: str, language: str = "") -> Counter[str]:
    """What is left open at the end of `line` (keyed by `<` and its closer), and the closers without a beginning."""
    return _Reader(line, language).read()


class _Reader:
    def __init__(self, line: str, language: str) -> None:
        self._line = line
        self._rust = language == "rust"
        self._swift = language == "swift"
        self._open: list[_Open] = []
        self._strays: Counter[str] = Counter()

    def read(self) -> Counter[str]:
        at = 0
        while at < len(self._line):
            at = self._in_text(at) if self._open and self._open[-1].text else self._in_code(at)
        return self._strays + Counter(f"< {one.closer}" for one in self._open)

    def _in_code(self, at: int) -> int:
        """Read the next token of code; returns its end."""
        found = _CODE.search(self._line, at)
        if found is None:
            return len(self._line)
        kind, token, start = found.lastgroup, found[0], found.start()
        if found["quote"]:
            return self._quote(token, start)
        if found["tag"]:
            self._close(f"</{found['name']}>")
        elif found["comment"]:
            self._open.append(_Open(_COMMENTS[token], text=True))
        elif found["template"]:
            self._open.append(_Open(_TEMPLATES[token]))
        elif found["void"]:
            self._end_of_tag(start, void=True)
        elif found["close"]:
            self._close(token)
        elif found["open"]:
            self._open.append(_Open(_BRACKETS[token]))
        elif found["angle"]:
            # Behind a word it is a list of types: `Vec<T>`.
            tag = not self._line[:start].endswith((":", "_")) and not self._line[start - 1 : start].isalnum()
            self._open.append(_Open(">", loose=True, element=found["element"] or "" if tag else ""))
        elif kind != "skip":
            self._end_of_tag(start, void=False)
        return found.end()

    def _quote(self, token: str, start: int) -> int:
        before = self._line[max(0, start - 4) : start]
        apostrophe = before[-1:].isalnum() and not _STRING_PREFIX.search(before)
        if token == "'" and (apostrophe or (self._rust and not _RUST_CHARACTER.match(self._line, start))):
            return start + 1
        self._open.append(_Open(token, text=True, interpolates=bool(_INTERPOLATES.search(before))))
        return start + len(token)

    def _in_text(self, at: int) -> int:
        """Read a character of a string or comment; returns its end."""
        line, char = self._line, self._line[at]
        text = next(one for one in reversed(self._open) if not one.loose)
        string = _QUOTE.fullmatch(text.closer) is not None
        if line.startswith(text.closer, at):
            while self._open.pop() is not text:
                pass
            return at + len(text.closer)
        if char == "\\" and string:
            if self._swift and line.startswith("(", at + 1):
                self._open.append(_Open(")"))
            return at + 2
        if char == "\n" and text.closer in ('"', "'"):
            while self._open.pop() is not text:
                pass
        elif string and line.startswith(("${", "#{"), at):
            self._open.append(_Open("}"))
            return at + 2
        elif char == "{" and text.interpolates:
            self._open.append(_Open("}"))
        elif char in _BRACKETS:
            self._open.append(_Open(_BRACKETS[char], text=True, loose=True))
        elif char in ")]}":
            self._close(char)
        elif char in "<>/":
            return self._markup(at)
        return at + 1

    def _markup(self, at: int) -> int:
        """Read a tag that stands in a text."""
        found = _CODE.match(self._line, at)
        if found is None or not (found["tag"] or found["angle"] or found["void"] or found["end"]):
            return at + 1
        if found["tag"]:
            self._close(f"</{found['name']}>")
        elif found["angle"]:
            self._open.append(_Open(">", text=True, loose=True, element=found["element"] or ""))
        else:
            self._end_of_tag(at, void=bool(found["void"]))
        return found.end()

    def _end_of_tag(self, at: int, *, void: bool) -> None:
        """`>` or `/>`, which may also be an operator."""
        top = self._open[-1] if self._open else None
        if top is not None and top.closer == ">":
            self._open.pop()
            if top.element and not void:
                self._open.append(_Open(f"</{top.element}>", text=top.text, loose=True))
        elif not (self._line[at - 1 : at].isspace() and self._line[at + 1 : at + 2].isspace()):
            self._strays[">"] += 1

    def _close(self, closer: str) -> None:
        """Close the innermost that ends so. What is loose above it was something else."""
        for depth in range(len(self._open) - 1, -1, -1):
            if self._open[depth].closer == closer:
                del self._open[depth:]
                return
            if not self._open[depth].loose:
                break
        self._strays[closer] += 1
