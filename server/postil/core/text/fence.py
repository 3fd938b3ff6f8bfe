"""Code between fences of backticks that are longer than any fence inside the code."""

from __future__ import annotations

import re

from postil.core.syntax.languages import fence_of

_BEGINS = re.compile(r"^[ \t]*(`{3,})", re.MULTILINE)


def fence_for(*codes: str) -> str:
    """The fence for these texts: three backticks, or one more than any line of them begins with."""
    return "`" * max((len(run) + 1 for code in codes for run in _BEGINS.findall(code)), default=3)


def opened(language: str, fence: str) -> str:
    """The line that opens a fence."""
    return f"{fence}{fence_of(language)}\n"


def fenced(code: str, language: str, fence: str) -> str:
    return f"{opened(language, fence)}{code}\n{fence}"
