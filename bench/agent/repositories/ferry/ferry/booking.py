"""A booking: who travels where, and what it comes to."""

from dataclasses import dataclass, field

from ferry.tariff import GROUP_SIZE, TARIFF


@dataclass
class Booking:
    number: str
    island: str
    travellers: dict[str, int] = field(default_factory=dict)

    def heads(self) -> int:
        return sum(count for kind, count in self.travellers.items() if kind != "bicycle")

    def total(self) -> int:
        prices = TARIFF[self.island]
        plain = sum(prices[kind] * count for kind, count in self.travellers.items())
        return plain * 85 // 100 if self.heads() >= GROUP_SIZE else plain


def changeover_fee(old: Booking, new: Booking) -> int:
    """For moving a booking to another island."""
    return 500 if old.island != new.island else 0
