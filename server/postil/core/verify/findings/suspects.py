"""Which code may be what a finding is about: the unit at its lines first, then what its words name, then more of the
file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from postil.core.review.finding import Span
from postil.core.syntax.units import Unit
from postil.core.verify.complaint import Complaint, shortened
from postil.core.verify.findings.finding import ToolFinding
from postil.core.verify.places import Place
from postil.core.verify.rewrites.candidate import own_name
from postil.core.verify.suspects import Suspect

# A finding is mostly mended where it is; each further suspect takes half of the answers that are left.
MAX_SUSPECTS = 4
# Code between units (imports, types) around a finding that is shown as one suspect.
_GAP_LINES = 40
# A file that is rewritten whole, when what is wrong needs two places (an import and its use).
_SMALL_FILE_LINES = 60
# Words of messages about a name that nobody has defined: its import is missing.
_UNKNOWN = re.compile(r"(?i)\bundefined|not defined|cannot find|can't find|undeclared|unresolved|no module|not found")
# Names in a message stand between these: `a`, 'a', "a".
_QUOTED = re.compile(r"[`'\"‘“]([A-Za-z_]\w*)[`'\"’”]")
# Lines of the code that are told with the finding.
_TOLD_LINES = 4


def finding_complaint(finding: ToolFinding, lines: Sequence[str]) -> Complaint:
    """What a model is told: the tool, the line, the message, and the lines themselves. `lines`: of its file."""
    rule = f" ({finding.rule})" if finding.rule else ""
    first, last = finding.span.first, min(finding.span.last, finding.span.first + _TOLD_LINES)
    code = "\n".join(f"    {line.strip()}" for line in lines[first:last] if line.strip())
    words = f"{finding.tool}, line {first + 1}: {finding.message}{rule}"
    told = shortened(words) + (f"\n\n{code}" if code else "")
    return Complaint("", told, (Place(finding.path, first),), finding=True)


def finding_suspects(finding: ToolFinding, units: Sequence[Unit], lines: Sequence[str], language: str) -> list[Suspect]:
    """The suspects in the finding's own file, the likeliest first. `lines`: the file's."""
    path, at = finding.path, finding.span
    found: list[Suspect] = []
    holder = next((unit for unit in units if unit.first_line <= at.first < unit.last_line), None)
    if holder is None:
        holder = gap_unit(lines, units, at, language)
    if holder is not None:
        found.append(Suspect(path, _opened(holder, at), f"the finding is at line {at.first + 1}", traced=True))
    names = dict.fromkeys(_QUOTED.findall(finding.message))
    functions = [one for one in units if one is not holder and one.kind in ("function", "method")]
    named = [one for name in names for one in functions if own_name(one) == name]
    # Of a class that doesn't fit, one of the methods.
    named += [one for name in names for one in functions if name in one.name.split(".")[:-1]]
    found += [Suspect(path, replace(one, head_lines=0), "the finding names it") for one in dict.fromkeys(named)]
    if not _UNKNOWN.search(finding.message):
        return found[:MAX_SUSPECTS]
    if len(lines) <= _SMALL_FILE_LINES and language and any(line.strip() for line in lines):
        last = len(lines) - 1 if lines and not lines[-1] else len(lines)
        text = "\n".join(lines[:last])
        if holder is None or text.strip() != holder.text.strip():
            whole = Unit("module", "module", language, 0, last, text)
            found.append(Suspect(path, whole, "it may need a change at two places of the file"))
    elif (top := _imports(units, lines, language)) is not None and top != holder:
        found.append(Suspect(path, top, "it may need an import"))
    return found[:MAX_SUSPECTS]


def gap_unit(lines: Sequence[str], units: Sequence[Unit], at: Span, language: str) -> Unit | None:
    """The code between units around these lines (imports, types, fields), which nothing else reviews; None for a place
    behind the end of the file or without code."""
    if at.first >= len(lines):
        return None
    first = max((unit.last_line for unit in units if unit.last_line <= at.first), default=0)
    last = min((unit.first_line for unit in units if unit.first_line > at.first), default=len(lines))
    if last - first > _GAP_LINES:
        first, last = max(first, at.first - _GAP_LINES // 2), min(last, at.first + _GAP_LINES // 2)
        # Not in the middle of a block: up and down to where nothing is indented, as far as it goes.
        first = _outer(lines, first, at.first, 1)
        last = _outer(lines, last, min(at.last, last), -1)
    return _unit(lines, first, last, language)


def _outer(lines: Sequence[str], row: int, end: int, step: int) -> int:
    for one in range(row, end, step):
        line = lines[one] if one < len(lines) else ""
        if not line or not line[0].isspace():
            return one
    return row


def _imports(units: Sequence[Unit], lines: Sequence[str], language: str) -> Unit | None:
    """The top of the file, where imports are."""
    last = min((unit.first_line for unit in units), default=0)
    return _unit(lines, max(0, last - _GAP_LINES), last, language) if last else None


def _unit(lines: Sequence[str], first: int, last: int, language: str) -> Unit | None:
    while first < last and not lines[first].strip():
        first += 1
    while last > first and not lines[last - 1].strip():
        last -= 1
    if first == last:
        return None
    inner = lines[first][:1].isspace()
    name = f"lines {first + 1}–{last}"
    text = "\n".join(lines[first:last])
    return Unit("class-head" if inner else "module", name, language, first, last, text)


def _opened(unit: Unit, at: Span) -> Unit:
    """The unit, without a head when the finding is in it: an answer begins behind the head, and couldn't change it."""
    return replace(unit, head_lines=0) if at.first < unit.first_line + unit.head_lines else unit
