"""A fix as an edit of the current document, and whether the document still parses after it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable

from postil.core.review.finding import Fix
from postil.core.syntax.tree import new_errors
from postil.core.text.edits import TextEdit, apply, minimal, newline_of
from postil.core.text.positions import LineIndex


def fix_edit(text: str, fix: Fix) -> TextEdit | None:
    """The smallest edit that replaces the fix's old lines, which count from the text's beginning. None if the text has
    other lines there, or nothing would change."""
    index = LineIndex(text)
    lines = index.lines()
    first, last = fix.span.first, fix.span.last
    if first < 0 or last > len(lines) or "\n".join(lines[first:last]) != fix.old:
        return None
    new_lines = fix.new.split("\n") if fix.new else []
    before = "\n".join(lines)
    change = minimal(before, "\n".join((*lines[:first], *new_lines, *lines[last:])))
    if change is None:
        return None
    # Found with `\n` as line end, so that an edit never contains half of a `\r\n`.
    plain = LineIndex(before)
    start, end = (index.offset(plain.position(offset)) for offset in (change.start, change.end))
    return TextEdit(start, end, change.new.replace("\n", newline_of(text)))


def syntax_regression(before: str, after: str, language: str) -> str | None:
    """Why `after` must not replace `before`: it is equal, has a new syntax error, or Python no longer compiles it. None
    if it may."""
    if before == after:
        return "it changes nothing"
    if new_errors(before, after, language):
        return "it would not parse"
    if language == "python" and _compiles(before) and not _compiles(after):
        return "Python would not compile it"
    return None


def _compiles(text: str) -> bool:
    """Whether Python compiles it. Nothing is executed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<document>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return False
    return True


def fix_all(text: str, fixes: Iterable[Fix], language: str) -> list[TextEdit]:
    """The edits of the fixes that can be applied together, in the file's order: none overlaps another, and the text
    still parses after each. Offsets count in `text`."""
    edits: list[TextEdit] = []
    end = -1
    for fix in sorted(fixes, key=lambda fix: (fix.span.first, fix.span.last)):
        if fix.span.first < end or (fix.span.first == end and fix.span.last == end):
            continue
        edit = fix_edit(text, fix)
        if edit is None or (edits and edit.start < edits[-1].end):
            continue
        if syntax_regression(text, apply(text, [*edits, edit]), language) is None:
            edits.append(edit)
            end = max(fix.span.last, fix.span.first)
    return edits
