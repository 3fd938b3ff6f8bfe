"""Figures that describe a list of numbers."""

import math
from collections import Counter


def mean(values):
    """The arithmetic mean; raises ValueError for an empty list."""
    if not values:
        raise ValueError("mean of nothing")
    return sum(values) / len(values)


def median(values):
    """The middle value, or the mean of the two middle ones."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def deviation(values):
    """The standard deviation of a whole population."""
    average = mean(values)
    return math.sqrt(sum((value - average) ** 2 for value in values) / len(values))


def modes(values):
    """The values that occur most often, in ascending order."""
    counts = Counter(values)
    most = max(counts.values())
    return sorted(value for value, count in counts.items() if count == most)


def moving_average(values, width):
    """Means of all windows of `width` neighbours."""
    averages = []
    for start in range(len(values) - width + 1):
        window = values[start : start + width]
        averages.append(sum(window) / width)
    return averages


def histogram(values, low, high, bins):
    """Counts in equally wide bins from `low` to `high`; what lies outside is not counted."""
    counts = [0] * bins
    width = (high - low) / bins
    for value in values:
        if low <= value < high:
            counts[int((value - low) / width)] += 1
    return counts
