"""Rings when a bed is too dry or too hot."""

import os

from greenhouse.reading import Reading

DRY, HOT = 18.0, 36.0


def wanted() -> bool:
    return os.environ.get("GREENHOUSE_HUSH", "") != "1"


def alarm_for(reading: Reading) -> str | None:
    if not wanted():
        return None
    if reading.kind == "moisture" and reading.value < DRY:
        return f"{reading.bed} is dry"
    if reading.kind == "warmth" and reading.value > HOT:
        return f"{reading.bed} is hot"
    return None
