"""Reads a bank's file: day, text, amount, with semicolons between."""

from amounts import cents


def entries(lines):
    found = []
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        day, text, amount = line.split(";")
        found.append((day.strip(), text.strip(), cents(amount)))
    return found


def balance(lines):
    return sum(amount for _, _, amount in entries(lines))
