"""Prices of a share."""


def best_profit(prices):
    """The largest profit of one purchase and one later sale, 0 if there is none."""
    lowest, best = None, 0
    for price in prices:
        if lowest is None or price < lowest:
            lowest = price
        best = max(best, price - lowest)
    return best
