"""Pages that are made once and kept."""

from recent import Recent


class Pages:
    def __init__(self, make, most=3):
        self._make = make
        self._kept = Recent(most)
        self.made = 0

    def page(self, name):
        found = self._kept.get(name)
        if found is None:
            found = self._make(name)
            self.made += 1
            self._kept.put(name, found)
        return found
