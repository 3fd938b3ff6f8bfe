"""Names of seats: a letter for the row, a number from 1 on for the seat in it."""


def name_of(index, width):
    """`index`: from 0 on, row after row."""
    row, seat = divmod(index, width)
    return f"{chr(ord('A') + row)}{seat + 1}"


def index_of(name, width):
    """The opposite. ValueError for a seat that no row has."""
    row, seat = ord(name[0]) - ord("A"), int(name[1:])
    if not 1 <= seat <= width:
        raise ValueError(name)
    return row * width + seat - 1
