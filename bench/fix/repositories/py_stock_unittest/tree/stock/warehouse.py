"""A warehouse, and transfers between two."""

from stock.errors import NotEnough


class Warehouse:
    """Counts of items by name."""

    def __init__(self, **items):
        self._items = dict(items)

    def count(self, item):
        return self._items.get(item, 0)

    def put(self, item, count):
        self._items[item] = self.count(item) + count

    def take(self, item, count):
        """Raises NotEnough."""
        if self.count(item) < count:
            raise NotEnough(f"{count} {item} wanted, {self.count(item)} there")
        self._items[item] -= count


def transfer(source, target, item, count):
    """Moves items from one warehouse to another; nothing is moved when there aren't enough."""
    source.take(item, count)
    target.put(item, count)
