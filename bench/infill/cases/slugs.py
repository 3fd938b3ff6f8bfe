"""Names for addresses, made from titles."""

import re
import unicodedata


def slugify(title: str, longest: int = 60) -> str:
    """Lower-case ASCII letters and digits, words joined by single hyphens, cut at a word's end."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode("ascii")
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    if len(slug) <= longest:
        return slug
    cut = slug[: longest + 1].rfind("-")
    return slug[:cut] if cut > 0 else slug[:longest]


def unique_slug(title: str, taken: set[str]) -> str:
    """A slug that isn't taken yet: a number is added when needed, beginning with 2."""
    slug = slugify(title) or "untitled"
    if slug not in taken:
        return slug
    number = 2
    while f"{slug}-{number}" in taken:
        number += 1
    return f"{slug}-{number}"


def title_from_slug(slug: str) -> str:
    """The slug as a title: hyphens become spaces and the first letter is a capital."""
    words = slug.replace("-", " ").strip()
    return words[:1].upper() + words[1:]
