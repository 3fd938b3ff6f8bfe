"""An amount in a currency."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Amount:
    """So many cents of a currency."""

    cents: int
    currency: str

    def __add__(self, other):
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} can't be added")
        return Amount(self.cents + other.cents, self.currency)

    def split(self, parts):
        """The amount in so many parts that differ by one cent at most, the larger ones first."""
        each, more = divmod(self.cents, parts)
        return [Amount(each + (1 if number < more else 0), self.currency) for number in range(parts)]
