"""Shipping costs of parcels."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

VOLUME_DIVISOR = Decimal(5000)
CENT = Decimal("0.01")

_TARIFFS = {
    ("DE", "DE"): Decimal("1.10"),
    ("DE", "CH"): Decimal("3.40"),
    ("CH", "DE"): Decimal("2.90"),
    ("CH", "CH"): Decimal("1.60"),
}


class UnsupportedRouteError(ValueError):
    """There is no tariff between two countries."""


@dataclass(frozen=True)
class Parcel:
    """Weight in kilograms and edges in centimetres."""

    weight: Decimal
    length: Decimal
    width: Decimal
    height: Decimal


def tariff(origin: str, destination: str) -> Decimal:
    """Return the price per kilogram for parcels sent from one country to another."""
    try:
        return _TARIFFS[origin, destination]
    except KeyError:
        raise UnsupportedRouteError(f"no tariff from {origin} to {destination}") from None


def chargeable_weight(parcel: Parcel) -> Decimal:
    """Return the weight or the volumetric weight, whichever is larger."""
    volumetric = parcel.length * parcel.width * parcel.height / VOLUME_DIVISOR
    return max(parcel.weight, volumetric)


def quote(parcel: Parcel, sender_country: str, recipient_country: str) -> Decimal:
    """Return the price for sending a parcel, rounded to cents."""
    price_per_kilogram = tariff(sender_country, recipient_country)
    price = chargeable_weight(parcel) * price_per_kilogram
    return price.quantize(CENT, rounding=ROUND_HALF_UP)
