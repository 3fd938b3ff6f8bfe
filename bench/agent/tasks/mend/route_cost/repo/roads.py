"""Roads between places, with their tolls."""


class Roads:
    def __init__(self):
        self._roads = {}

    def add(self, one, other, toll):
        self._roads.setdefault(one, {})[other] = toll
        self._roads.setdefault(other, {})[one] = toll

    def around(self, place):
        """The neighbours of a place with the toll to each."""
        return self._roads.get(place, {})
