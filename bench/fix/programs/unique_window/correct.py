"""Parts of texts."""


def longest_unique(text):
    """The length of the longest part of a text in which no character occurs twice."""
    last = {}
    start = best = 0
    for index, character in enumerate(text):
        if character in last and last[character] >= start:
            start = last[character] + 1
        last[character] = index
        best = max(best, index - start + 1)
    return best
