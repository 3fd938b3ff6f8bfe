"""Ways through a system of caves."""

from collections import defaultdict, deque
from collections.abc import Iterable


class CaveMap:
    """The chambers of a system and the passages between them, up to some hundred thousand."""

    def __init__(self, passages: Iterable[tuple[str, str]]) -> None:
        self._neighbours: defaultdict[str, list[str]] = defaultdict(list)
        for one, other in passages:
            self._neighbours[one].append(other)
            self._neighbours[other].append(one)

    def __contains__(self, chamber: str) -> bool:
        return chamber in self._neighbours

    def distances(self, entrance: str) -> dict[str, int]:
        """Return the number of passages to each chamber that can be reached from the entrance."""
        found = {entrance: 0}
        waiting = deque([entrance])
        while waiting:
            chamber = waiting.popleft()
            steps = found[chamber] + 1
            for neighbour in self._neighbours.get(chamber, ()):
                if neighbour not in found:
                    found[neighbour] = steps
                    waiting.append(neighbour)
        return found

    def route(self, distances: dict[str, int], goal: str) -> list[str]:
        """Return a shortest way, both ends included, from the entrance that `distances` were found from.

        Raises KeyError if the goal cannot be reached from there.
        """
        way = deque([goal])
        while distances[way[0]] > 0:
            nearer = distances[way[0]] - 1
            way.appendleft(next(chamber for chamber in self._neighbours[way[0]] if distances[chamber] == nearer))
        return list(way)
