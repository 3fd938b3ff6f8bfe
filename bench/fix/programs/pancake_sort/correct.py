"""Sorting by turning over the first elements."""


def pancake_sort(stack):
    """A sorted copy of the list, made by reversals of its beginning only."""
    stack = list(stack)
    for size in range(len(stack), 1, -1):
        largest = stack.index(max(stack[:size]))
        stack[: largest + 1] = reversed(stack[: largest + 1])
        stack[:size] = reversed(stack[:size])
    return stack
