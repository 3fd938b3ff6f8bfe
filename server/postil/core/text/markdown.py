"""A model's words as Markdown that fetches and runs nothing, whatever reads it: no pictures, links, HTML."""

from __future__ import annotations

import re

from postil.core.text.plain import one_line, plain

# What would be a picture, a link, the address that one refers to, or HTML. Brackets alone stay: `list[int]`.
_FETCHES = re.compile(r"!\[|\]\(|\]:|<")
_INERT = {"![": "!\\[", "](": "]\\(", "]:": "]\\:", "<": "&lt;"}
_TICKS = re.compile(r"`+")
_FENCE = re.compile(r"([ \t]*)(?:(`{3,})[ \t]*([^`]*)|(~{3,})[ \t]*(.*))")
_WORD = re.compile(r"[\w+#.-]*")
# An underscore inside a word is none of Markdown's.
_MARKS = re.compile(r"([\\`*{}\[\]<>!#&~|]|:(?=//)|(?<!\w)_|_(?!\w))")
# Addresses become links of themselves in many editors; without a scheme that they know they don't.
_BARE = re.compile(r"(?i)\b(?!https?:)(?=[a-z])([a-z][a-z0-9+.-]*):(?=//)")
_TOLD_LINK = re.compile(r"\](?=\()")


def inert(text: str) -> str:
    """The text as Markdown in which only words are shaped. Code stays as it is: in blocks, which are put to the left
    margin (inside a list nobody but the reader's own parser knows where one ends), and in spans that end on their
    line."""
    out: list[str] = []
    fence, margin = "", ""
    for line in plain(text.replace("\r\n", "\n")).split("\n"):
        if fence:
            if _closes(line, fence):
                out.append(fence)
                fence = ""
            else:
                out.append(line.removeprefix(margin))
        elif opened := _FENCE.fullmatch(line):
            margin, fence = opened[1], opened[2] or opened[4]
            info = _WORD.match(opened[3] or opened[5] or "")
            out.append(fence + (info[0] if info else ""))
        else:
            out.append(_line(line))
    return "\n".join([*out, fence] if fence else out)


def _closes(line: str, fence: str) -> bool:
    bare = line.strip(" \t")
    return len(bare) >= len(fence) and not bare.strip(fence[0])


def _line(line: str) -> str:
    """A line of no block: its code spans as they are. A run of backticks that ends none on this line is told by number,
    so that none can begin here and end elsewhere."""
    out, at, runs = "", 0, list(_TICKS.finditer(line))
    while runs:
        run = runs.pop(0)
        out += _words(line[at : run.start()])
        before = line[: run.start()]
        escaped = (len(before) - len(before.rstrip("\\"))) % 2
        end = next((n for n, other in enumerate(runs) if len(other[0]) == len(run[0])), None)
        # A table's cells end inside of code spans too.
        inside = line[run.end() : runs[end].start()] if end is not None else ""
        if escaped or end is None or ("|" in inside and _words(inside) != inside):
            out += "&#96;" * len(run[0])
            at = run.end()
        else:
            closing = runs[end]
            out += line[run.start() : closing.end()]
            at, runs = closing.end(), runs[end + 1 :]
    return out + _words(line[at:])


def _words(text: str) -> str:
    return _BARE.sub(r"\1&#58;", _FETCHES.sub(lambda match: _INERT[match[0]], text))


def literal(text: str) -> str:
    """One line of text for Markdown to show as it stands: a function's name may come from a stranger's code."""
    return _MARKS.sub(r"\\\1", one_line(text))


def told(text: str) -> str:
    """For message boxes and progress: VS Code makes `[words](command:...)` in one a link that runs the command."""
    return _TOLD_LINK.sub("] ", text)
