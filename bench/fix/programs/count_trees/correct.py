"""Numbers of binary search trees."""


def count_trees(keys):
    """How many binary search trees of so many different keys there are. There is one without keys."""
    counts = [0] * (keys + 1)
    counts[0] = 1
    for size in range(1, keys + 1):
        for root in range(size):
            counts[size] += counts[root] * counts[size - 1 - root]
    return counts[keys]
