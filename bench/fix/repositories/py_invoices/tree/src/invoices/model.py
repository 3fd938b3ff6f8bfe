"""What an invoice consists of."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Line:
    """A line: a price in cents, and how many."""

    text: str
    price: int
    quantity: int = 1


@dataclass(frozen=True)
class Invoice:
    """Rates are whole percents."""

    customer: str
    lines: tuple = field(default_factory=tuple)
    tax_percent: int = 20
    discount_percent: int = 0
