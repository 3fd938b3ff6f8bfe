"""Times of sensor readings."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def reading_time_utc(text: str, station_zone: ZoneInfo) -> datetime:
    """Return the moment of a reading in UTC.

    The stations send ISO 8601 either with an offset or in the local time of the station.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=station_zone)
    return moment.astimezone(UTC)
