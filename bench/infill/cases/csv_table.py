"""Read a small CSV text and add up its columns."""

import csv
import io


def read_rows(text, delimiter=","):
    """Return a list of dictionaries, one for each line after the header. Names are lower case and stripped."""
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    header = [name.strip().lower() for name in next(reader)]
    rows = []
    for values in reader:
        # Skip blank lines.
        if not values:
            continue
        rows.append(dict(zip(header, values)))
    return rows


def column_total(rows, name):
    """Sum of a column; cells that are empty count as zero."""
    return sum(float(row[name] or 0) for row in rows)


def group_totals(rows, key, value):
    """Add up the column `value` for each different entry of the column `key`."""
    totals = {}
    for row in rows:
        name = row[key]
        totals[name] = totals.get(name, 0) + float(row[value] or 0)
    return totals


def write_rows(rows, names):
    """The rows as CSV text with a header, lines ending with a line feed."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([row.get(name, "") for name in names])
    return out.getvalue()
