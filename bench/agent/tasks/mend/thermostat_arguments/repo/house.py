"""The rooms of a house."""

from thermostat import Thermostat

WANTED = {"kitchen": 19.0, "bath": 23.0}
SLACK = 0.5


class House:
    def __init__(self, wanted=None):
        self._rooms = {
            name: Thermostat(degrees + SLACK, degrees - SLACK) for name, degrees in (wanted or WANTED).items()
        }

    def measure(self, room, degrees):
        """Whether the room is heated from now on."""
        return self._rooms[room].feel(degrees)

    def heated(self):
        return sorted(name for name, one in self._rooms.items() if one.on)
