"""Working times."""

from shifts.week import hours_of_week

__all__ = ["hours_of_week"]
