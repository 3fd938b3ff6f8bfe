"""Keeps a few values: those that were used last."""

from collections import OrderedDict


class Recent:
    def __init__(self, most):
        if most < 1:
            raise ValueError("at least one")
        self._most = most
        self._kept = OrderedDict()

    def __len__(self):
        return len(self._kept)

    def put(self, key, value):
        self._kept[key] = value
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def get(self, key, otherwise=None):
        """The value, which counts as used then."""
        return self._kept.get(key, otherwise)

    def keys(self):
        """From the one that goes first to the one that goes last."""
        return list(self._kept)
