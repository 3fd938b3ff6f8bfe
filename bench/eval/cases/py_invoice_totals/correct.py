"""Totals of an invoice, from the rows of the order export."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """One position of an invoice; the price is net and per piece."""

    article: str
    quantity: int
    price: Decimal
    tax_percent: int

    @property
    def net(self) -> Decimal:
        """The exact net amount, not rounded."""
        return self.price * self.quantity


@dataclass(frozen=True)
class Totals:
    """What the customer sees below the positions."""

    net: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        """The amount to pay."""
        return self.net + self.tax


def parse_price(text: str) -> Decimal:
    """The exact price in a cell of the export, which may use a decimal comma."""
    return Decimal(text.strip().replace(",", "."))


def round_cents(amount: Decimal) -> Decimal:
    """The amount in whole cents; half a cent is rounded away from zero."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def read_lines(rows: Iterable[Mapping[str, str]]) -> list[Line]:
    """The positions in the rows of the export; rows with a quantity of zero are left out."""
    lines = [
        Line(row["article"], int(row["quantity"]), parse_price(row["price"]), int(row["tax"]))
        for row in rows
    ]
    return [line for line in lines if line.quantity != 0]


def invoice_totals(lines: Iterable[Line]) -> Totals:
    """The totals, where net and tax are each rounded once per tax rate."""
    net_by_rate: defaultdict[int, Decimal] = defaultdict(Decimal)
    for line in lines:
        net_by_rate[line.tax_percent] += line.net
    net = tax = Decimal("0.00")
    for percent, amount in net_by_rate.items():
        net += round_cents(amount)
        tax += round_cents(amount * percent / 100)
    return Totals(net, tax)
