"""What a model or a file says, made safe to show: nothing in it can steer a terminal or reorder what is
read."""

from __future__ import annotations

import re

# C0 and C1 controls without tab and newline, line/paragraph separators, marks that change the direction of
# text (CVE-2021-42574), and lone surrogates, which no UTF-8 output can hold.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(text: str) -> str:
    """The text with every unsafe character spelled out, e.g. `\\x1b`."""
    return _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def one_line(text: str) -> str:
    """As `plain`, and all white space a single space."""
    return plain(" ".join(text.split()))
