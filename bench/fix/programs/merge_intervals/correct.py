"""Merging of intervals."""


def merge_intervals(intervals):
    """The union of closed intervals `[start, end]` as a sorted list of intervals that don't touch or overlap."""
    merged = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    return merged
