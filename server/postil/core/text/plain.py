"""What a model or a file says, made safe to show: nothing in it can steer a terminal or reorder what is
read."""

from __future__ import annotations

import re

# C0 and C1 controls without tab and newline, line/paragraph separators, marks that change the direction of
# text (CVE-2021-42574), characters without a width (not the joiners, which scripts and emoji need) and tags, in which
# text is hidden from people that models read, and lone surrogates, which no UTF-8 output can hold.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def plain(text: str) -> str:
    """The text with every unsafe character spelled out, e.g. `\\x1b`."""
    return _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def one_line(text: str) -> str:
    """As `plain`, and all white space a single space."""
    return plain(" ".join(text.split()))
