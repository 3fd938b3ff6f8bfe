"""Series of numbers."""


def moving_average(values, size):
    """The means of all windows of so many values that follow each other; none when there are fewer values."""
    if size > len(values):
        return []
    total = sum(values[:size])
    means = [total / size]
    for index in range(size, len(values)):
        total += values[index] - values[index - size]
        means.append(total / size)
    return means
