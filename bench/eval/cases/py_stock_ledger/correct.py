"""Stock levels of products in several warehouses."""

from collections import defaultdict


class InsufficientStockError(Exception):
    """A warehouse holds fewer pieces than are to be taken out."""


class StockLedger:
    """Keeps the number of pieces per warehouse and article."""

    def __init__(self) -> None:
        self._levels: defaultdict[tuple[str, str], int] = defaultdict(int)

    def level(self, warehouse: str, sku: str) -> int:
        """Return the pieces of an article in a warehouse."""
        return self._levels.get((warehouse, sku), 0)

    def receive(self, warehouse: str, sku: str, quantity: int) -> None:
        """Book a delivery."""
        _require_positive(quantity)
        self._levels[warehouse, sku] += quantity

    def withdraw(self, warehouse: str, sku: str, quantity: int) -> None:
        """Book pieces that leave a warehouse; raises InsufficientStockError if there are too few."""
        _require_positive(quantity)
        if self.level(warehouse, sku) < quantity:
            raise InsufficientStockError(f"{warehouse}: not enough of {sku}")
        self._levels[warehouse, sku] -= quantity

    def transfer(self, source: str, destination: str, sku: str, quantity: int) -> None:
        """Move pieces between warehouses; raises InsufficientStockError if the source has too few."""
        _require_positive(quantity)
        if self.level(source, sku) < quantity:
            raise InsufficientStockError(f"{source}: not enough of {sku}")
        self._levels[source, sku] -= quantity
        self._levels[destination, sku] += quantity

    def total(self, sku: str) -> int:
        """Return the pieces of an article in all warehouses together."""
        return sum(pieces for (_, article), pieces in self._levels.items() if article == sku)


def _require_positive(quantity: int) -> None:
    if quantity <= 0:
        raise ValueError(f"quantity must be positive, got {quantity}")
