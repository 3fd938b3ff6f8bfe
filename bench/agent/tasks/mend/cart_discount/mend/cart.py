"""A shopping cart."""

from prices import price_of

BULK = 10
BULK_PERCENT = 15


class Cart:
    def __init__(self):
        self._counts = {}

    def add(self, name, count=1):
        """Put some pieces into the cart."""
        price_of(name)
        self._counts[name] = self._counts.get(name, 0) + count

    def remove(self, name):
        """Take all pieces of this name out."""
        self._counts.pop(name, None)

    def line(self, name):
        """What all pieces of this name cost; from ten pieces on there is a discount."""
        count = self._counts[name]
        whole = price_of(name) * count
        if count >= BULK:
            return whole * (100 - BULK_PERCENT) // 100
        return whole

    def total(self):
        """What the cart costs."""
        whole = sum(self.line(name) for name in self._counts)
        return whole
