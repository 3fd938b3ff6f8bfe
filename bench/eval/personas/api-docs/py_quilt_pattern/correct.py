"""Patterns for patchwork quilts."""

from itertools import cycle, islice


def arrange(fabrics: list[str], columns: int, rows: int, shift: int = 1) -> list[list[str]]:
    """Lay out a quilt row by row; the fabrics are repeated in each row, which is moved against the one above.

    Args:
        fabrics: The names of the fabrics in the order in which they are repeated; at least one.
        columns: How many patches a row has.
        rows: How many rows there are.
        shift: By how many patches each row is moved to the left of the row above, 1 by default.

    Returns:
        A list for each row, with the fabrics of its patches from left to right.

    Raises:
        ValueError: If there are no fabrics.
    """
    if not fabrics:
        raise ValueError("a quilt needs at least one fabric")
    quilt = []
    for row in range(rows):
        first = row * shift % len(fabrics)
        quilt.append(list(islice(cycle(fabrics), first, first + columns)))
    return quilt
