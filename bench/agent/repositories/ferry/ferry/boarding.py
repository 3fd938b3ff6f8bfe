"""The gate: when it shuts, and what happens to those who come afterwards."""

from datetime import datetime, timedelta

# Before the boat leaves, by class of sailing.
GATE_MINUTES = {"swift": 10, "plain": 15, "heavy": 25}


def gate_shuts(leaves: datetime, sailing_class: str) -> datetime:
    return leaves - timedelta(minutes=GATE_MINUTES[sailing_class])


def after_gate_surcharge(arrived: datetime, shut: datetime) -> int:
    """Cents for each started five minutes."""
    if arrived <= shut:
        return 0
    minutes = (arrived - shut).total_seconds() / 60
    return 300 * int(-(-minutes // 5))


def lost_ticket_charge(price: int) -> int:
    return min(price, 700)
