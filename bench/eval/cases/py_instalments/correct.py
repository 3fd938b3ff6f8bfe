"""Payment by instalments."""


def instalments(total_cents: int, count: int) -> list[int]:
    """Split an amount into `count` parts that add up to it exactly.

    The parts differ by at most one cent; the larger ones come first.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")
    if total_cents < 0:
        raise ValueError(f"total must not be negative, got {total_cents}")
    base, remainder = divmod(total_cents, count)
    return [base + 1] * remainder + [base] * (count - remainder)
