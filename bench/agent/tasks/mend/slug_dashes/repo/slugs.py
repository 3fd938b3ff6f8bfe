"""Names of pages for their addresses."""

import re
import unicodedata

LONGEST = 40


def ascii_of(text):
    """Letters without their accents; what has no such letter is left out."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def slug(title):
    """Lower-case letters and digits, one `-` for whatever is between them."""
    plain = ascii_of(title).lower()
    return re.sub(r"[^a-z0-9]", "-", plain)[:LONGEST].strip("-")


def unique(title, taken):
    """A slug that isn't taken: `name`, `name-2`, `name-3`, …"""
    first = slug(title)
    number, name = 1, first
    while name in taken:
        number += 1
        name = f"{first}-{number}"
    return name
