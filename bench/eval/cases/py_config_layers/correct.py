"""Configuration that is put together from several layers."""

import copy
from typing import Any


def layered(defaults: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    """Return the defaults with the overrides applied; neither argument is changed.

    Nested tables are merged key by key; every other value replaces the default.
    """
    result = copy.deepcopy(defaults)
    pending = [(result, overrides)]
    while pending:
        target, source = pending.pop()
        for key, value in source.items():
            if isinstance(value, dict) and isinstance(target.get(key), dict):
                pending.append((target[key], value))
            else:
                target[key] = copy.deepcopy(value)
    return result
