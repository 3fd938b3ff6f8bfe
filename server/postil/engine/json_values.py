"""JSON from a server that may send anything: values of a known type, without trust in its shape."""

from __future__ import annotations

import json
from typing import cast

# Larger than any time or log probability, and far below where floats overflow.
_LARGEST = 1e12

JsonObject = dict[str, object]


def parse_object(text: str) -> JsonObject | None:
    """The JSON object in a text; None when the text holds none."""
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return object_in(value)


def object_in(value: object) -> JsonObject | None:
    """The value if it is an object."""
    return cast("JsonObject", value) if isinstance(value, dict) else None


def objects_in(value: object) -> list[JsonObject]:
    """The objects of an array; what isn't an object is left out."""
    items = cast("list[object]", value) if isinstance(value, list) else []
    return [found for item in items if (found := object_in(item)) is not None]


def text_in(value: object) -> str:
    """The value if it is a string, else ""."""
    return value if isinstance(value, str) else ""


def texts_in(value: object) -> tuple[str, ...] | None:
    """The strings of an array; None when it is no array."""
    items = cast("list[object]", value) if isinstance(value, list) else None
    return None if items is None else tuple(item for item in items if isinstance(item, str))


def count_in(value: object) -> int | None:
    """The value if it is a whole number that can be a count."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def number_in(value: object) -> float:
    """The value if it is a number of a plausible size, else 0."""
    return float(value) if isinstance(value, int | float) and abs(value) < _LARGEST else 0.0


def logprob_in(value: object) -> float:
    """A log probability. A missing or implausible one is 0 (certain); llama.cpp's "impossible" (the lowest float)
    stays impossible."""
    impossible = isinstance(value, int | float) and value <= -_LARGEST
    return -_LARGEST if impossible else number_in(value)
