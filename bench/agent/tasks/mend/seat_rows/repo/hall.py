"""A hall with rows of equal length."""

from seats import index_of, name_of


class Hall:
    def __init__(self, rows, width):
        self.width = width
        self._free = list(range(rows * width))

    def sell(self, name=None):
        """The name of the seat, the first free one unless it is named. ValueError where it isn't free."""
        index = self._free[0] if name is None else index_of(name, self.width)
        self._free.remove(index)
        return name_of(index, self.width)
