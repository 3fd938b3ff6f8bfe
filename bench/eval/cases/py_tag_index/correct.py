"""Tags of imported records."""

from collections.abc import Iterable


def normalized_tags(raw: Iterable[str], collected: list[str] | None = None) -> list[str]:
    """Append the cleaned tags to `collected` (a new list by default) and return it.

    Tags are trimmed and lowered; empty tags and repetitions are left out.
    """
    result = [] if collected is None else collected
    for tag in raw:
        cleaned = tag.strip().lower()
        if cleaned and cleaned not in result:
            result.append(cleaned)
    return result
