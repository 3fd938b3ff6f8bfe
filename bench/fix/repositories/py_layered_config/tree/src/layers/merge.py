"""Puts two layers of settings together."""


def merge(base, over):
    """A new table: `base` with the values of `over`. Tables in both are merged; other values are replaced."""
    merged = dict(base)
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = value
    return merged
