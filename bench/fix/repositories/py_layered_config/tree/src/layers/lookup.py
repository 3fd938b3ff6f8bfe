"""Reads a value by its dotted name."""


def lookup(settings, name, default=None):
    """The value of `a.b.c`, or the default where a part is missing."""
    for part in name.split("."):
        if not isinstance(settings, dict) or part not in settings:
            return default
        settings = settings[part]
    return settings
