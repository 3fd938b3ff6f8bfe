"""Plans for the brewing kettles of a small brewery."""

from datetime import datetime, timedelta


def additions(start: datetime, boil: int, hops: dict[str, int]) -> list[tuple[datetime, str]]:
    """Return when each kind of hops goes into the kettle, as pairs of a time and a kind, the earliest first.

    Args:
        start: When the wort begins to boil.
        boil: How long it boils, in minutes.
        hops: For each kind, how many minutes before the end of the boil it goes in.

    Raises:
        ValueError: If hops would have to go in before the boil begins.
    """
    end = start + timedelta(minutes=boil)
    plan = []
    for kind, before_end in hops.items():
        if before_end > boil:
            raise ValueError(f"{kind} cannot boil for {before_end} minutes")
        plan.append((end - timedelta(minutes=before_end), kind))
    return sorted(plan)
