"""The answer to an action: its code, and the edit that is made of it."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from postil.core.actions.request import Subject, at_margin
from postil.core.persona.persona import Persona
from postil.core.review.finding import Fix
from postil.core.review.quick_fixes import fix_edit, syntax_regression
from postil.core.syntax.tree import new_errors, same_code
from postil.core.text.edits import TextEdit, apply, newline_of

# Lines of a new docstring that are separated from changed code below it. Each one costs a parse of the file.
LONGEST = 20

# Equal lines in a row.
LOOP = 6
WHAT = {"comments": "comments", "wording": "the words of the comments that are there"}

_OPEN = re.compile(r"^(`{3,})[^\n`]*\n", re.MULTILINE)
_SHORT = re.compile(r"^```", re.MULTILINE)


def repeats(text: str) -> bool:
    """Whether the answer ends in a loop of equal lines, as with small models that don't end an answer."""
    lines = [line for line in text.split("\n")[:-1] if len(line.strip()) > 3][-LOOP:]
    return len(lines) == LOOP and len(set(lines)) == 1


def code_of(answer: str, begun: str) -> str | None:
    """The code of an answer. `begun` is the prefill (the opening fence and what followed it); if it is "", the first
    fence in the answer counts. None without code."""
    opened = _OPEN.search(begun or answer)
    if opened is None:
        return None
    body = (begun + answer)[opened.end() :]
    # Some models repeat the opening fence.
    again = _OPEN.match(body) if begun else None
    body = body[again.end() :] if again else body
    code = body[: _end(body, opened[1])].rstrip()
    code = re.sub(r"\A(?:[ \t]*\n)+", "", code)
    return code if code.strip() else None


def _end(body: str, fence: str) -> int:
    """The end of the code behind an opening fence. Small models close any fence with three backticks: if the number of
    short fences is odd, the last one is the end."""
    closed = re.search(rf"^{fence}`*\s*$", body, re.MULTILINE)
    if closed:
        return closed.start()
    inside = list(_SHORT.finditer(body))
    return inside[-1].start() if len(inside) % 2 else len(body)


def replacement(text: str, subject: Subject, code: str, persona: Persona) -> tuple[TextEdit | None, str]:
    """The smallest edit that replaces the subject with the code, or why there is none. Of a persona that may change
    only comments, other changes are left out."""
    lines = at_margin(code, subject.margin).split("\n")
    old = subject.text.split("\n")
    careful = persona.changes != "everything"
    if careful:
        lines = _comments_of(old, lines, subject, text, more=persona.changes == "comments")
    edit = fix_edit(text, Fix(subject.span, subject.text, "\n".join(lines)))
    if edit is None:
        more = careful and code.strip() != subject.dedented.strip()
        return None, f"it changes more than {WHAT[persona.changes]}" if more else "it changes nothing"
    wrong = syntax_regression(text, apply(text, [edit]), subject.language)
    return (edit, "") if wrong is None else (None, wrong)


def _comments_of(old: list[str], new: list[str], subject: Subject, text: str, *, more: bool) -> list[str]:
    """The old lines with those differences of the new ones that change only comments. `more`: also comments where there
    were none."""
    kept = list(old)
    bare = [[line.strip() for line in lines] for lines in (old, new)]
    # In reverse order, so that the numbers of the lines before stay valid.
    for kind, first, last, start, end in reversed(SequenceMatcher(None, *bare, autojunk=False).get_opcodes()):
        # A reworded comment has at most twice as many lines.
        if kind == "equal" or (not more and end - start > 2 * (last - first)):
            continue
        new[start:end] = [line if line.strip() else "" for line in new[start:end]]
        tries = [[*kept[:first], *new[start:end], *kept[last:]]]
        if more:
            # Only its beginning, before the old lines: a docstring and a changed line below it are one difference.
            stops = range(min(end, start + LONGEST), start, -1)
            tries += [[*kept[:first], *new[start:stop], *kept[first:]] for stop in stops]
        kept = next((tried for tried in tries if _same_program(text, subject, kept, tried)), kept)
    return kept


def _same_program(text: str, subject: Subject, before: list[str], after: list[str]) -> bool:
    """Whether the whole file stays the same program: a method alone wouldn't parse."""
    one, other = (_with(text, subject, lines) for lines in (before, after))
    if one is None or other is None or new_errors(one, other, subject.language):
        return False
    return same_code(one, other, subject.language)


def _with(text: str, subject: Subject, lines: list[str]) -> str | None:
    edit = fix_edit(text, Fix(subject.span, subject.text, "\n".join(lines)))
    return text if edit is None else apply(text, [edit])


def appended(text: str, code: str) -> TextEdit:
    """The edit that appends code to a file, after two empty lines."""
    newline = newline_of(text)
    whole = text.rstrip()
    space = newline * 3 if whole else ""
    return TextEdit(len(whole), len(text), space + f"{code}\n".replace("\n", newline))
