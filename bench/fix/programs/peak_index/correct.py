"""Search in a list that first rises and then falls."""


def peak_index(heights):
    """The index of the largest element of a list that rises strictly up to it and falls strictly behind it."""
    low, high = 0, len(heights) - 1
    while low < high:
        middle = (low + high) // 2
        if heights[middle] < heights[middle + 1]:
            low = middle + 1
        else:
            high = middle
    return low
