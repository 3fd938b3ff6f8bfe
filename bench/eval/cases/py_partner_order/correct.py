"""Orders as they arrive from partner shops in JSON."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any


class OrderFormatError(ValueError):
    """An order does not have the agreed form."""


@dataclass(frozen=True)
class Address:
    """A postal address."""

    name: str
    street: str
    city: str


@dataclass(frozen=True)
class Order:
    """An order with the addresses for the invoice and for the parcel."""

    number: str
    placed_at: datetime
    total: Decimal
    billing: Address
    shipping: Address


def parse_order(document: dict[str, Any]) -> Order:
    """Return the order in a decoded document; raises OrderFormatError if anything is missing or malformed.

    `shipping_address` may be left out when it is the same as `billing_address`.
    """
    try:
        billing = _address(document["billing_address"])
        shipping = _address(document["shipping_address"]) if "shipping_address" in document else billing
        return Order(
            number=document["number"],
            placed_at=datetime.fromisoformat(document["placed_at"]),
            total=_amount(document["total"]),
            billing=billing,
            shipping=shipping,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise OrderFormatError(f"malformed order: {error!r}") from error


def _address(document: dict[str, str]) -> Address:
    return Address(name=document["name"], street=document["street"], city=document["city"])


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"not an amount: {text!r}") from error
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"not an amount: {text!r}")
    return amount
