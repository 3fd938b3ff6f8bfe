"""Broken JSON of a call mended: names and paths, never code, which doesn't travel in JSON."""

from __future__ import annotations

import importlib

# Characters; json-repair takes long for a long text that is nothing like JSON.
_MOST = 8_000


def mended(text: str) -> str | None:
    """The text as JSON, as far as it can be told what was meant; None without the package (the extra `agent`)."""
    if len(text) > _MOST:
        return None
    try:
        # In its first use: 44 ms that most conversations never need.
        repair = importlib.import_module("json_repair")
    except ImportError:
        return None
    found: object = repair.repair_json(text)
    return found if isinstance(found, str) and found.strip() else None
