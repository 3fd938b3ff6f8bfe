"""Check digits of card numbers."""


def is_valid(number):
    """Whether the digits of a text pass the Luhn check: every second one from the right is doubled, the check digit
    itself isn't; the sum of all resulting digits is a multiple of ten."""
    total = 0
    for index, digit in enumerate(reversed(number)):
        value = int(digit)
        if index % 2 == 1:
            value *= 2
            if value > 9:
                value -= 9
        total += value
    return total % 10 == 0
