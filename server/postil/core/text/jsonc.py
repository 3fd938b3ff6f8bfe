"""JSON with comments and trailing commas, as VS Code writes its files: made plain, with all lines where they were."""

from __future__ import annotations

import re

_STRING = r'("(?:[^"\\\n]|\\.)*")'
_COMMENT = re.compile(rf"{_STRING}|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_COMMA = re.compile(rf"{_STRING}|,(?=\s*[}}\]])")


def plain_json(text: str) -> str:
    """The text without comments and trailing commas."""
    bare = _COMMENT.sub(lambda match: match[1] or "\n" * match[0].count("\n") or " ", text)
    return _COMMA.sub(lambda match: match[1] or " ", bare)
