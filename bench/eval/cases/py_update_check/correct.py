"""Tells the user about a newer release."""


def version_key(version: str) -> tuple[int, ...]:
    """The three numbers of a release such as `v1.9.2`, for comparing it with others."""
    return tuple(int(part) for part in version.strip().removeprefix("v").split("."))


def update_notice(installed: str, latest: str, skipped: frozenset[str] = frozenset()) -> str | None:
    """The message to show, or None if there is no newer release or the user has skipped it."""
    if version_key(latest) <= version_key(installed):
        return None
    if latest in skipped:
        return None
    return f"Version {latest} is available (installed: {installed})."
