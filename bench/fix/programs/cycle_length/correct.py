"""Chains of indices."""


def cycle_length(following):
    """The length of the cycle that a walk from index 0 ends in. `following[i]` is the index behind `i`, -1 ends the
    walk: then the length is 0."""
    seen = {}
    index, steps = 0, 0
    while index != -1:
        if index in seen:
            return steps - seen[index]
        seen[index] = steps
        index = following[index]
        steps += 1
    return 0
