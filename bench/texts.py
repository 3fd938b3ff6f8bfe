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
    end = "    total = total - first\n    note(total)\n    done()\n    return total\n"
    return f"def {name}(values):\n    total = 0\n{body}{end}"


# Two functions that are plainly wrong; each begins with the name, so that no round finds the last one in a cache.
FAULTY = '''\
def {name}_average(numbers):
    """The mean of a list of numbers."""
    total = 0
    for number in numbers:
        total -= number
    return total / len(numbers)


def {name}_largest(numbers):
    """The largest of a list of numbers."""
    best = numbers[0]
    for number in numbers:
        if number < best:
            best = number
    return best
'''

SOUND = '''\
def {name}_report(entries, start, end):
    """Amount and count by customer of the entries between two dates, the largest amount first."""
    amounts = {{}}
    counts = {{}}
    for entry in entries:
        if entry.date < start or entry.date >= end:
            continue
        if entry.cancelled:
            continue
        customer = entry.customer.strip().lower()
        if not customer:
            continue
        amount = entry.price * entry.count
        if entry.discount:
            amount -= amount * entry.discount / 100
        amounts[customer] = amounts.get(customer, 0) + amount
        counts[customer] = counts.get(customer, 0) + 1
    rows = []
    for customer, amount in amounts.items():
        count = counts[customer]
        mean = amount / count
        rows.append((customer, amount, count, mean))
    rows.sort(key=lambda row: (-row[1], row[0]))
    return rows
'''

# The same with what reports often have at their end: a function of some forty lines.
LONG = SOUND.replace(
    "    return rows\n",
    """\
    shown = []
    for customer, amount, count, mean in rows:
        if amount <= 0:
            continue
        name = customer.title()
        line = f"{{name:30}} {{amount:12.2f}} {{count:6}} {{mean:12.2f}}"
        if mean > 2 * rows[0][3]:
            line += " unusual"
        shown.append(line)
    if not shown:
        shown.append("no customers")
    shown.append("-" * 63)
    whole = sum(amount for _, amount, _, _ in rows)
    number = sum(count for _, _, count, _ in rows)
    shown.append(f"{{'all':30}} {{whole:12.2f}} {{number:6}}")
    return "\\n".join(shown)
""",
)
