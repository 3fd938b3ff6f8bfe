"""Reads Roman numerals."""

VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def roman_value(numeral):
    """The number that a valid Roman numeral stands for."""
    total = 0
    for index, symbol in enumerate(numeral):
        value = VALUES[symbol]
        if index + 1 < len(numeral) and VALUES[numeral[index + 1]] > value:
            total -= value
        else:
            total += value
    return total
