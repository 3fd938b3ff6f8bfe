"""Half-open intervals of numbers: (start, end) holds start and not end."""


def overlaps(first, second):
    """Whether two intervals share a point."""
    return first[0] < second[1] and second[0] < first[1]


def merge(intervals):
    """Join intervals that overlap or touch; the result is sorted."""
    merged = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def total_length(intervals):
    """How much of the line is covered; what is covered twice counts once."""
    return sum(end - start for start, end in merge(intervals))


def gaps(intervals, start, end):
    """The parts between `start` and `end` that no interval covers."""
    free = []
    position = start
    for low, high in merge(intervals):
        if low > position:
            free.append((position, min(low, end)))
        position = max(position, high)
        if position >= end:
            break
    if position < end:
        free.append((position, end))
    return free
