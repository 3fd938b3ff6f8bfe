"""Positions that buoys report by radio."""

import re

_REPORT = re.compile(r"(\d{2})(\d{2}\.\d+)([NS]) (\d{3})(\d{2}\.\d+)([EW])", re.ASCII)


def parse_position(report: str) -> tuple[float, float]:
    """Return the position in a report such as "5412.50N 00825.20E" in degrees.

    The longitude comes first and the latitude second, as in GeoJSON. West and south are negative.
    Raises ValueError if the report has another form.
    """
    match = _REPORT.fullmatch(report.strip())
    if match is None:
        raise ValueError(f"this is no position: {report!r}")
    north, north_minutes, hemisphere, east, east_minutes, side = match.groups()
    latitude = int(north) + float(north_minutes) / 60
    longitude = int(east) + float(east_minutes) / 60
    return (-longitude if side == "W" else longitude, -latitude if hemisphere == "S" else latitude)
