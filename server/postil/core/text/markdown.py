"""A model's text as Markdown without pictures, links and HTML, so that a viewer fetches and runs nothing."""

from __future__ import annotations

import re

from postil.core.text.plain import one_line, plain

# The beginning of a picture, a link, a link definition, or HTML. Brackets alone stay: `list[int]`.
_FETCHES = re.compile(r"!\[|\]\(|\]:|<")
_INERT = {"![": "!\\[", "](": "]\\(", "]:": "]\\:", "<": "&lt;"}
_TICKS = re.compile(r"`+")
_FENCE = re.compile(r"([ \t]*)(?:(`{3,})[ \t]*([^`]*)|(~{3,})[ \t]*(.*))")
_WORD = re.compile(r"[\w+#.-]*")
# An underscore inside a word is no Markdown.
_MARKS = re.compile(r"([\\`*{}\[\]<>!#&~|]|:(?=//)|(?<!\w)_|_(?!\w))")
# Many editors turn addresses into links if they know the scheme.
_BARE = re.compile(r"(?i)\b(?!https?:)(?=[a-z])([a-z][a-z0-9+.-]*):(?=//)")
_LINK = re.compile(r"\](?=\()")


def inert(text: str) -> str:
    """The text as harmless Markdown. Code stays as it is: in blocks, which are moved to the left margin (where a block
    ends inside a list depends on the viewer's parser), and in spans that end on their line."""
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
    """A line outside of code blocks. Its code spans stay as they are; other backticks are escaped, so that no span can
    begin here and end on another line."""
    out, at, runs = "", 0, list(_TICKS.finditer(line))
    while runs:
        run = runs.pop(0)
        out += _words(line[at : run.start()])
        before = line[: run.start()]
        escaped = (len(before) - len(before.rstrip("\\"))) % 2
        end = next((n for n, other in enumerate(runs) if len(other[0]) == len(run[0])), None)
        # A `|` ends a table cell even inside a code span.
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
    """One line of text, escaped: Markdown shows it as it is."""
    return _MARKS.sub(r"\\\1", one_line(text))


def without_links(text: str) -> str:
    """The text without links, for messages and progress: in these VS Code runs the command of `[text](command:…)`."""
    return _LINK.sub("] ", text)
