"""Switches between two temperatures, so that it doesn't do so all the time."""


class Thermostat:
    def __init__(self, low, high):
        """On below `low`, off above `high`."""
        self.low = low
        self.high = high
        self.on = False

    def feel(self, degrees):
        if degrees < self.low:
            self.on = True
        elif degrees > self.high:
            self.on = False
        return self.on
