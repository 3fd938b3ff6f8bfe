"""Positions and bounding boxes of depots, exchanged as GeoJSON with the map in the browser."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

EARTH_RADIUS_KM = 6371.0088


@dataclass(frozen=True)
class Position:
    """A place on earth, in degrees."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not -90 <= self.latitude <= 90 or not -180 <= self.longitude <= 180:
            raise ValueError(f"not a place on earth: {self.latitude}, {self.longitude}")

    def to_geojson(self) -> dict[str, Any]:
        """Return the position as a GeoJSON geometry, which has the longitude first."""
        return {"type": "Point", "coordinates": [self.longitude, self.latitude]}


@dataclass(frozen=True)
class Bounds:
    """A box of latitudes and longitudes, in degrees. It never crosses the 180th meridian."""

    south: float
    west: float
    north: float
    east: float

    def contains(self, position: Position) -> bool:
        """Return whether the position is in the box or on its edge."""
        in_latitude = self.south <= position.latitude <= self.north
        return in_latitude and self.west <= position.longitude <= self.east

    def padded(self, degrees: float) -> Bounds:
        """Return the box with a margin on each side, as far as the map reaches."""
        return Bounds(
            south=max(self.south - degrees, -90.0),
            west=max(self.west - degrees, -180.0),
            north=min(self.north + degrees, 90.0),
            east=min(self.east + degrees, 180.0),
        )

    def to_bbox(self) -> list[float]:
        """Return the box as a GeoJSON `bbox`: lowest longitude and latitude, then the highest ones."""
        south_west = [self.west, self.south]
        north_east = [self.east, self.north]
        return south_west + north_east


def position_of(feature: Mapping[str, Any]) -> Position:
    """Return the position of a GeoJSON feature; raises ValueError if it isn't a point."""
    geometry = feature["geometry"]
    if geometry["type"] != "Point":
        raise ValueError(f"expected a point, got {geometry['type']}")
    longitude, latitude = geometry["coordinates"][:2]
    return Position(latitude=latitude, longitude=longitude)


def bounds_of(positions: Iterable[Position]) -> Bounds:
    """Return the smallest box around the positions; raises ValueError if there are none."""
    places = list(positions)
    if not places:
        raise ValueError("no positions")
    latitudes = [place.latitude for place in places]
    longitudes = [place.longitude for place in places]
    return Bounds(south=min(latitudes), west=min(longitudes), north=max(latitudes), east=max(longitudes))


def distance_km(start: Position, end: Position) -> float:
    """Return the distance along the surface of the earth, by the haversine formula."""
    phi_start, phi_end = math.radians(start.latitude), math.radians(end.latitude)
    half_phi = (phi_end - phi_start) / 2
    half_lambda = math.radians(end.longitude - start.longitude) / 2
    chord = math.sin(half_phi) ** 2 + math.cos(phi_start) * math.cos(phi_end) * math.sin(half_lambda) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(chord, 1.0)))
