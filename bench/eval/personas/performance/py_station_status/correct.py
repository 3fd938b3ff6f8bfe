"""The state of the charging stations in a town."""

import asyncio
from dataclasses import dataclass

import httpx

LIMIT = 20
TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True)
class Status:
    """What a station says about itself; `free` is None if it didn't answer properly."""

    station: str
    free: int | None


class StationWatch:
    """Asks the stations over one client, with at most LIMIT requests at the same time."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._slots = asyncio.Semaphore(LIMIT)

    async def status(self, station: str) -> Status:
        """Ask one station."""
        async with self._slots:
            try:
                response = await self._client.get(f"/stations/{station}", timeout=TIMEOUT_SECONDS)
                response.raise_for_status()
                return Status(station, int(response.json()["free"]))
            except (httpx.HTTPError, ValueError, KeyError, TypeError):
                return Status(station, None)

    async def all_statuses(self, stations: list[str]) -> list[Status]:
        """Ask all stations, and return the answers in the same order."""
        return list(await asyncio.gather(*(self.status(station) for station in stations)))

    async def free_places(self, stations: list[str]) -> int:
        """Return how many places are free at the stations that have answered."""
        return sum(status.free or 0 for status in await self.all_statuses(stations))
