"""What the goods in the warehouse are worth. Those that came in first are the first to go out."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from fractions import Fraction


class OutOfStockError(Exception):
    """There are fewer pieces than are to go out."""


@dataclass
class Lot:
    """What is left of a delivery."""

    pieces: int
    unit_cents: int


class Inventory:
    """The lots of each article, the oldest first."""

    def __init__(self) -> None:
        self._lots: dict[str, deque[Lot]] = {}

    def receive(self, article: str, pieces: int, unit_cents: int) -> None:
        """Add a delivery with the price that was paid for each piece."""
        if pieces <= 0 or unit_cents < 0:
            raise ValueError(f"{article}: cannot receive {pieces} pieces for {unit_cents} each")
        self._lots.setdefault(article, deque()).append(Lot(pieces, unit_cents))

    def pieces(self, article: str) -> int:
        """Return how many pieces there are."""
        return sum(lot.pieces for lot in self._lots.get(article, ()))

    def issue(self, article: str, pieces: int) -> int:
        """Take pieces out, from the oldest lots, and return what was paid for them.

        Raises OutOfStockError, and takes nothing out, if there are too few.
        """
        if pieces <= 0:
            raise ValueError(f"{article}: cannot issue {pieces} pieces")
        if self.pieces(article) < pieces:
            raise OutOfStockError(f"{article}: fewer than {pieces} pieces")
        lots = self._lots[article]
        missing, cents = pieces, 0
        while missing:
            lot = lots[0]
            taken = min(missing, lot.pieces)
            cents += taken * lot.unit_cents
            lot.pieces -= taken
            missing -= taken
            if not lot.pieces:
                lots.popleft()
        return cents

    def average_cents(self, article: str) -> Fraction | None:
        """Return what was paid on average for each piece that is in stock, or None if there is none.

        Two pieces at 10 cents each and one at 40 make an average of 20 cents.
        """
        pieces = cents = 0
        for lot in self._lots.get(article, ()):
            pieces += lot.pieces
            cents += lot.pieces * lot.unit_cents
        return Fraction(cents, pieces) if pieces else None

    def value_cents(self) -> dict[str, int]:
        """Return what was paid for the stock of each article that there is."""
        return {
            article: sum(lot.pieces * lot.unit_cents for lot in lots) for article, lots in self._lots.items() if lots
        }


def write_down(inventory: Inventory, article: str, market_cents: int) -> int:
    """Return the loss if the pieces of an article can only be sold for a market price below their cost.

    The amount is in cents for the whole stock, and 0 if the market price isn't lower than the average cost.
    """
    average = inventory.average_cents(article)
    if average is None or market_cents >= average:
        return 0
    return round((average - market_cents) * inventory.pieces(article))
