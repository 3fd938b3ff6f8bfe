"""Rows of the shop's export, sorted by customer."""

import csv
import io


def rows(text):
    """Customer and cents of each row."""
    reader = csv.DictReader(io.StringIO(text))
    return [(row["customer"], int(row["cents"])) for row in reader]
