"""Roman numerals."""

VALUES = [1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1]
SYMBOLS = ["M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"]


def to_roman(number):
    """The Roman numeral of a number from 1 to 3999."""
    out = []
    for value, symbol in zip(VALUES, SYMBOLS):
        while number >= value:
            out.append(symbol)
            number -= value
    return "".join(out)
