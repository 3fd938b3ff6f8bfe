"""Sums of sales."""

from collections import defaultdict


def by_month(sales):
    """The sum of each month (`YYYY-MM`), sorted by month."""
    months = defaultdict(int)
    for sale in sales:
        months[sale.day[:7]] += sale.cents
    return dict(sorted(months.items()))


def best_product(sales):
    """The product with the largest sum; of several, the first by name. None without sales."""
    sums = defaultdict(int)
    for sale in sales:
        sums[sale.product] += sale.cents
    return min(sums, key=lambda name: (-sums[name], name), default=None)
