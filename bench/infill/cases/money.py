"""Amounts of money in whole cents."""

import re


def parse_amount(text: str) -> int:
    """Cents from a text such as "12", "1,204.50" or "-0.99"; raises ValueError for anything else."""
    match = re.fullmatch(r"(-?)(\d[\d,]*)(?:\.(\d{2}))?", text.strip())
    if match is None:
        raise ValueError(f"not an amount: {text!r}")
    sign, whole, cents = match.groups()
    value = int(whole.replace(",", "")) * 100 + int(cents or 0)
    return -value if sign else value


def format_amount(cents: int, symbol: str = "") -> str:
    """Thousands separated by commas, always two decimals: 123456 becomes "1,234.56"."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}{symbol}{whole:,}.{rest:02d}"


def allocate(cents: int, weights: list[int]) -> list[int]:
    """Divide an amount by weights without losing a cent: left-over cents go to the first shares."""
    total = sum(weights)
    shares = [cents * weight // total for weight in weights]
    left = cents - sum(shares)
    for index in range(left):
        shares[index] += 1
    return shares


def with_tax(cents: int, percent: int) -> int:
    """The amount with tax added, rounded half up to a whole cent."""
    return (cents * (100 + percent) + 50) // 100
