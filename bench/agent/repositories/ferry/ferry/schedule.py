"""Which boats sail when."""

from dataclasses import dataclass

# Minutes at an island's pier.
DWELL = 12


@dataclass(frozen=True)
class Sailing:
    name: str
    hour: int
    minute: int
    sailing_class: str


SAILINGS = (
    Sailing("early", 5, 50, "plain"),
    Sailing("market", 8, 15, "swift"),
    Sailing("noon", 12, 5, "swift"),
    Sailing("evening", 18, 40, "heavy"),
)


def next_after(hour: int, minute: int) -> Sailing | None:
    later = [one for one in SAILINGS if (one.hour, one.minute) > (hour, minute)]
    return min(later, key=lambda one: (one.hour, one.minute), default=None)
