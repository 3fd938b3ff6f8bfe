"""Arithmetic with whole numbers."""

import re


def evaluate(text):
    """The value of sums, differences, products and parentheses, by the usual rules."""
    tokens = re.findall(r"\d+|[-+*()]", text)
    position = 0

    def factor():
        nonlocal position
        token = tokens[position]
        position += 1
        if token == "(":
            value = total()
            position += 1
            return value
        return int(token)

    def product():
        nonlocal position
        value = factor()
        while position < len(tokens) and tokens[position] == "*":
            position += 1
            value *= factor()
        return value

    def total():
        nonlocal position
        value = product()
        while position < len(tokens) and tokens[position] in "+-":
            operator = tokens[position]
            position += 1
            value = value + product() if operator == "+" else value - product()
        return value

    return total()
