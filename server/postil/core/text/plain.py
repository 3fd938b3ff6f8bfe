"""A model's or a file's text, made safe to show: it can't control a terminal or change the order of what is read."""

from __future__ import annotations

import re

# C0 and C1 controls except tab and newline; line and paragraph separators; marks that change the direction of text
# (CVE-2021-42574); characters without a width (except joiners, which scripts and emoji need) and tags, which can hide
# text that models read; lone surrogates, which UTF-8 can't encode.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def plain(text: str) -> str:
    """The text with every unsafe character spelled out, e.g. `\\x1b`."""
    return _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def plain_lines(text: str) -> str:
    """As `plain`, but for the carriage returns at the ends of lines, without which a difference couldn't be applied."""
    return "\r\n".join(plain(part) for part in text.split("\r\n"))


def one_line(text: str) -> str:
    """As `plain`, with each run of white space as one space."""
    return plain(" ".join(text.split()))
