"""One value of one sensor."""

from dataclasses import dataclass

from greenhouse import limits
from greenhouse.errors import OutOfRange, YesterdaysNews

RANGES = {"warmth": (-20.0, 60.0), "moisture": (0.0, 100.0)}


@dataclass(frozen=True)
class Reading:
    bed: str
    kind: str
    value: float
    at: float


def checked(reading: Reading, now: float) -> Reading:
    low, high = RANGES[reading.kind]
    if not low <= reading.value <= high:
        raise OutOfRange(reading.bed)
    if now - reading.at > limits.FRESH_SECONDS:
        raise YesterdaysNews(reading.bed)
    return reading
