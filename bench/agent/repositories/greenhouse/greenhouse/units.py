"""Between the units of the sensors and ours."""


def percent(raw: int) -> float:
    """Of a ten-bit converter."""
    return round(raw / 10.23, 1)


def litres(gallons: float) -> float:
    return gallons * 3.785


def metric_warmth(degrees: float) -> float:
    """From what the American probes send."""
    return (degrees - 32) / 1.8


def hours(seconds: float) -> float:
    return seconds / 3600
