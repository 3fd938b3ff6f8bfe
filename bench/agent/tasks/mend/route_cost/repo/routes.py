"""The cheapest way between two places."""

import heapq


def cheapest(roads, start, goal):
    """The toll of the cheapest way, and its places; None where there is none."""
    waiting = [(0, [start])]
    done = set()
    while waiting:
        toll, way = heapq.heappop(waiting)
        place = way[-1]
        if place == goal:
            return toll, way
        if place in done:
            continue
        done.add(place)
        for neighbour, more in roads.around(place).items():
            if neighbour not in done:
                heapq.heappush(waiting, (more, way + [neighbour]))
    return None
