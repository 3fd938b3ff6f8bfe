"""Berths, and which boat lies where."""

BERTHS = ("A1", "A2", "B1")


class Harbour:
    def __init__(self) -> None:
        self._lying: dict[str, str] = {}

    def moor(self, boat: str) -> str:
        free = [berth for berth in BERTHS if berth not in self._lying]
        if not free:
            raise RuntimeError("no berth is free")
        self._lying[free[0]] = boat
        return free[0]

    def cast_off(self, boat: str) -> None:
        self._lying = {berth: other for berth, other in self._lying.items() if other != boat}
