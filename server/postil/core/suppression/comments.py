"""Comments that suppress findings: `postil: ignore[persona] reason`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from postil.core.review.finding import Span
from postil.core.review.quick_fixes import syntax_regression
from postil.core.syntax.languages import comment_marks
from postil.core.syntax.tree import COMMENTS, ECMASCRIPT, GRAMMARS, encode, parse, same_code
from postil.core.text.edits import TextEdit, apply, newline_of
from postil.core.text.plain import one_line
from postil.core.text.positions import LineIndex, Position

# `ignore-file` counts only in a file's first lines, where readers notice it.
FILE_LINES = 20
# Characters.
MAX_REASON = 200

# It begins with any language's comment mark; where there is a grammar, tree-sitter decides whether it is a comment.
_DIRECTIVE = re.compile(
    r"(?:#+|//+|--+|/\*+|<!--)!?\s*postil:\s*ignore(?P<file>-file)?(?:\[(?P<names>[^\]]*)\])?(?=\s|$|\*/|-->)"
)
# Lines that must stay a file's first.
_FIRST_LINES = re.compile(r"#!|%%|<\?|<!doctype\b|\s*#\s*(syntax|escape|check)\s*=|\s*#.*coding[:=]", re.IGNORECASE)
_JSX = ECMASCRIPT - {"typescript"}


@dataclass(frozen=True, slots=True)
class _Names:
    """A set of personas; `every`: all of them."""

    some: frozenset[str] = frozenset()
    every: bool = False

    def __contains__(self, persona: str) -> bool:
        return self.every or persona in self.some

    def __or__(self, other: _Names) -> _Names:
        return _Names(self.some | other.some, self.every or other.every)


@dataclass(frozen=True, slots=True)
class Ignored:
    """The suppressed personas of a text: by line (0-based), and in the whole file."""

    lines: Mapping[int, _Names] = field(default_factory=dict[int, _Names])
    file: _Names = _Names()

    def hides(self, persona: str, span: Span) -> bool:
        """Whether findings of this persona on these lines are suppressed."""
        if persona in self.file:
            return True
        return any(persona in names for line, names in self.lines.items() if span.first <= line < span.last)


NOTHING = Ignored()


def ignored(text: str, language: str) -> Ignored:
    """What the text's comments suppress. A comment at the end of a line applies to that line; one alone on its line to
    the next line of code. `postil: ignore-file` counts in the first 20 lines. Without names it applies to all personas.
    Never raises."""
    if "postil:" not in text:
        return NOTHING
    index = LineIndex(text)
    lines = index.lines()
    found: dict[int, _Names] = {}
    everywhere = _Names()
    for number, match in _directives(index, lines, language):
        names = frozenset(word for part in (match["names"] or "").split(",") if (word := part.strip()))
        who = _Names(names, not names)
        if match["file"]:
            everywhere = everywhere | who if number < FILE_LINES else everywhere
            continue
        last = _subject(lines, number) if _alone(lines[number], match) else number
        for line in range(number, last + 1):
            found[line] = found.get(line, _Names()) | who
    return Ignored(found, everywhere)


def _directives(index: LineIndex, lines: list[str], language: str) -> Iterator[tuple[int, re.Match[str]]]:
    tree = None
    for number, line in enumerate(lines):
        match = _DIRECTIVE.search(line) if "postil:" in line else None
        if match is None:
            continue
        tree = tree or parse(index.text, language)
        if tree is not None:
            start = index.offset(Position(number, match.start()))
            at = len(encode(index.text[:start]))
            node = tree.root_node.descendant_for_byte_range(at, at + 1)
            if node is None or node.type not in COMMENTS:
                # It is in a string, or in text.
                continue
        yield number, match


def _alone(line: str, match: re.Match[str]) -> bool:
    # JSX comments are in braces.
    return line[: match.start()].strip() in ("", "{")


def _subject(lines: list[str], number: int) -> int:
    """The line of code that a comment alone on its line applies to."""
    for below in range(number + 1, len(lines)):
        line = lines[below]
        match = _DIRECTIVE.search(line)
        if line.strip() and not (match and _alone(line, match)):
            return below
    return number


def ignore_here(text: str, language: str, line: int, persona: str, reason: str = "") -> TextEdit | None:
    """The edit that adds a comment to suppress findings of this persona on a line: above the line, or at its end where
    a comment above would have another meaning. None if the language has no comments, or the comment would change the
    program as far as tree-sitter can tell."""
    marks = comment_marks(language)
    index = LineIndex(text)
    if marks is None or not 0 <= line < len(index):
        return None
    code = index.line(line)
    indent = code[: len(code) - len(code.lstrip())]
    start = index.offset(Position(line, 0))
    comment = _comment(marks, f"ignore[{persona}]", reason)
    candidates = [
        TextEdit(start, start, f"{indent}{comment}{newline_of(text)}"),
        TextEdit(start + len(code), start + len(code), f"  {comment}"),
    ]
    if language in _JSX:
        inside = _comment(("{/*", "*/}"), f"ignore[{persona}]", reason)
        candidates.append(TextEdit(start, start, f"{indent}{inside}{newline_of(text)}"))
    for number, edit in enumerate(candidates):
        moved = 0 if number == 1 else 1
        if _harmless(text, edit, language, persona, Span(line + moved, line + moved + 1)):
            return edit
    return None


def ignore_file(text: str, language: str, persona: str, reason: str = "") -> TextEdit | None:
    """The edit that adds a comment at the file's beginning to suppress this persona in the file; None as in
    `ignore_here`."""
    marks = comment_marks(language)
    if marks is None:
        return None
    index = LineIndex(text)
    number = 0
    while number < len(index) - 1 and _FIRST_LINES.match(index.line(number)):
        number += 1
    at = index.offset(Position(number, 0))
    comment = _comment(marks, f"ignore-file[{persona}]", reason)
    edit = TextEdit(at, at, f"{comment}{newline_of(text)}")
    return edit if _harmless(text, edit, language, persona, Span(0, 1)) else None


def _comment(marks: tuple[str, str], what: str, reason: str) -> str:
    begins, ends = marks
    why = one_line(reason)
    for mark in ("*/", "-->"):
        why = why.replace(mark, "")
    return " ".join(part for part in (f"{begins} postil: {what}", why[:MAX_REASON].strip(), ends) if part)


def _harmless(text: str, edit: TextEdit, language: str, persona: str, span: Span) -> bool:
    after = apply(text, [edit])
    if not ignored(after, language).hides(persona, span) or syntax_regression(text, after, language) is not None:
        return False
    return language not in GRAMMARS or same_code(text, after, language, docstrings=True)
