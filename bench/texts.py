"""The files that the measurements work on, made here so that every machine measures the same."""

from __future__ import annotations

FUNCTION = '''\
def {name}(orders, limit):
    """The sum of the orders' amounts up to a limit, and how many were left out."""
    total = {seed}
    skipped = 0
    for order in orders:
        amount = order.price * order.count
        if amount > limit:
            skipped += 1
            continue
        total += amount
    return total, skipped


'''


def long_file(lines: int) -> str:
    """Python of exactly so many lines, in functions of thirteen."""
    size = FUNCTION.count("\n")
    whole = "".join(FUNCTION.format(name=f"tally_{number}", seed=number) for number in range(lines // size))
    return whole + "# end\n" * (lines % size)


def faulty_function(name: str, lines: int) -> str:
    """A function that a scripted model mends in its last but two lines; the model copies all before."""
    body = "".join(f"    total += weigh(values[{number}], {number})\n" for number in range(lines - 6))
    return f"def {name}(values):\n    total = 0\n{body}    total = total - first\n    note(total)\n    done()\n    return total\n"
