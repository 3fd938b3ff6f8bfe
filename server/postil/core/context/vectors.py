"""A vector as an index keeps it: a byte for each number; and a sketch of three bits each, by which a search passes over
most of them: plain Python compares 100,000 in less than a tenth of a second."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from operator import mul

_MOST = 127
# In units of a vector's mean number. Of the nearest ten of 8,492 vectors by all-minilm, .993 are among the 100 with the
# nearest sketches, all among the 200; with signs alone, of 3,670, .90 and .95.
STEPS = (-0.6, 0.0, 0.6)


def packed(vector: Sequence[float]) -> bytes:
    """A vector in bytes, one for each number: its direction is kept, its length isn't."""
    most = max(map(abs, vector), default=0.0) or 1.0
    return array("b", (round(number * _MOST / most) for number in vector)).tobytes()


def sketch(vector: Sequence[float]) -> bytes:
    """Whether each number of a vector is above each of the STEPS, a bit each: the farther two vectors are apart, the
    more bits differ."""
    unit = math.sqrt(sum(map(mul, vector, vector)) / len(vector)) if vector else 0.0
    bits = "".join("1" if number > step * unit else "0" for step in STEPS for number in vector)
    return int(bits or "0", 2).to_bytes((len(bits) + 7) // 8, "big")


def cosine(vector: Sequence[float], body: bytes) -> float:
    """How near a vector of the length 1 is to a packed one: 1 the same direction, 0 none in common."""
    other = array("b", body)
    length = math.sqrt(sum(map(mul, other, other)))
    return sum(map(mul, vector, other)) / length if length else 0.0
