"""Run-length encoding."""


def encode(text):
    """Pairs of a character and how often it follows itself: `aab` becomes `[["a", 2], ["b", 1]]`."""
    runs = []
    current, count = "", 0
    for character in text:
        if character == current:
            count += 1
            continue
        if count:
            runs.append([current, count])
        current, count = character, 1
    if count:
        runs.append([current, count])
    return runs
