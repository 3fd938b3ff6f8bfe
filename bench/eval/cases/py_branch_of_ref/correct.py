"""Names of branches in the events that the Git host sends."""

import re

_BRANCH_REF = re.compile(r"refs/heads/(?P<name>.+)")


def branch_of(event: dict[str, str]) -> str | None:
    """Return the branch that a push event is about, or None for tags and other refs."""
    match = _BRANCH_REF.fullmatch(event["ref"])
    return match.group("name") if match else None
