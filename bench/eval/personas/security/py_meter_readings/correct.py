"""Client for the readings of a utility's smart meters."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import requests

BASE_URL = "https://meters.example.net/v2"
TIMEOUT_SECONDS = 20
PAGE_SIZE = 200


@dataclass(frozen=True)
class Reading:
    """What a meter showed at some time."""

    taken_at: datetime
    kilowatt_hours: float


class MeterClient:
    """Reads from the service of the utility, which has a certificate of the company's own authority."""

    def __init__(self, token: str, authority_file: str) -> None:
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"
        self._session.verify = authority_file

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *details: object) -> None:
        self._session.close()

    def readings(self, meter: int, since: datetime) -> Iterator[Reading]:
        """Yield the readings of a meter since some time, the oldest first."""
        page = 1
        while True:
            items = self._page(meter, since, page)
            for item in items:
                yield Reading(datetime.fromisoformat(item["taken_at"]), float(item["kwh"]))
            if len(items) < PAGE_SIZE:
                return
            page += 1

    def _page(self, meter: int, since: datetime, page: int) -> list[dict]:
        response = self._session.get(
            f"{BASE_URL}/meters/{meter:d}/readings",
            params={"since": since.isoformat(), "page": page, "size": PAGE_SIZE},
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )
        response.raise_for_status()
        return response.json()["readings"]
