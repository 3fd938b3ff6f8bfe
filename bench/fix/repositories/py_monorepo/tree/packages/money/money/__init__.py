"""Amounts of money."""

from money.amount import Amount

__all__ = ["Amount"]
