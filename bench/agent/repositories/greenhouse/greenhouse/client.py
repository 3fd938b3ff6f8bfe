"""Asks a sensor's bridge for its readings."""

import json
from urllib.request import urlopen

from greenhouse import limits
from greenhouse.errors import SensorGone
from greenhouse.reading import Reading


class SensorClient:
    def __init__(self, host: str, wait: float = limits.PATIENCE) -> None:
        self._host = host
        self._wait = wait

    def readings(self) -> list[Reading]:
        try:
            with urlopen(f"http://{self._host}/readings", timeout=self._wait) as answer:
                rows = json.load(answer)
        except OSError as error:
            raise SensorGone(self._host) from error
        return [Reading(row["bed"], row["kind"], row["value"], row["at"]) for row in rows]
