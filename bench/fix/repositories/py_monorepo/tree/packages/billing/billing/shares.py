"""Who pays how much."""

from money import Amount


def shares(total: Amount, people):
    """What each of the people pays, by name; those who come first pay the odd cents."""
    return dict(zip(people, total.split(len(people))))


def check_sum(parts, currency):
    """The sum of all shares."""
    whole = Amount(0, currency)
    for part in parts.values():
        whole = whole + part
    return whole
