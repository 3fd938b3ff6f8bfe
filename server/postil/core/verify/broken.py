"""The control's code: a unit that can't work any more. A check that doesn't notice it proves nothing."""

from __future__ import annotations

import re

from postil.core.syntax.tree import ECMASCRIPT
from postil.core.syntax.units import Unit
from postil.core.verify.outcome import Outcome

# Where a body can end by a statement of its own, the failing test shows whether it runs that body.
_STOPS = {
    "python": 'raise RuntimeError("{mark}")',
    "go": 'panic("{mark}")',
    "rust": 'panic!("{mark}");',
    **dict.fromkeys(ECMASCRIPT, 'throw new Error("{mark}");'),
}
# What differs between two runs of the same code: numbers (times, addresses, ports, counters of folders).
_VARYING = re.compile(r"0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:e-?\d+)?")


def broken_body(unit: Unit, mark: str) -> str | None:
    """The unit with a body that ends at once and tells `mark`; None where nobody knows how."""
    stop = _STOPS.get(unit.language)
    if stop is None or unit.kind not in ("function", "method") or not 0 < unit.head_lines < len(unit.lines):
        return None
    lines = unit.lines
    first = next((line for line in lines[unit.head_lines :] if line.strip()), "")
    margin = first[: len(first) - len(first.lstrip(" \t"))]
    return "\n".join((*lines[: unit.head_lines], margin + stop.format(mark=mark), *lines[unit.head_lines :]))


def unreadable(text: str, mark: str) -> str:
    """A unit's or a file's text as one that no language can read."""
    return f"{text}\n)]}} {mark} ((\"'"


def noticed(before: Outcome, broken: Outcome, mark: str, test: str, *, steady: bool) -> bool:
    """Whether a run with broken code ended in another way than the failing one before: the failing test tells the mark,
    or ends otherwise. `steady`: two runs of the same code say the same words, so that other words count."""
    if broken.passes or broken.stopped != before.stopped:
        return not broken.passes
    if test:
        # Another test that notices says nothing of this one.
        was, now = (before.tests or {}).get(test), (broken.tests or {}).get(test)
        if was is None or now is None or was.status != now.status or mark in now.words:
            return True
        return steady and said(was.words) != said(now.words)
    if mark in broken.text:
        return True
    return broken.exit_code != before.exit_code or (steady and said(before.text) != said(broken.text))


def said(words: str) -> str:
    """The words without what differs between two runs of the same code."""
    return _VARYING.sub("0", words)
