"""What each customer has spent."""

from rows import rows


def sums(text):
    """Customer and sum, in the order of the export."""
    found = []
    current, total = None, 0
    for customer, cents in rows(text):
        if current is not None and customer != current:
            found.append((current, total))
            total = 0
        current = customer
        total += cents
    return found


def best(text):
    """The customer who has spent most; None without rows."""
    return max(sums(text), key=lambda one: one[1], default=(None, 0))[0]
