"""Amounts as banks write them, in cents."""


def cents(text):
    """Read `1,234.50`, `-3.00` or `(3.00)`. ValueError for anything else."""
    plain = text.strip().strip("()").replace(",", "")
    sign = -1 if plain.startswith("-") else 1
    whole, _, part = plain.lstrip("-").partition(".")
    if not whole.isdigit() or not (part.isdigit() or part == ""):
        raise ValueError(text)
    return sign * (int(whole) * 100 + int((part + "00")[:2]))
