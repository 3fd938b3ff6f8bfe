"""The problem of Josephus."""


def last_one(people, step):
    """The number (from 1) of the person who is left when of `people` in a circle every `step`-th one goes."""
    circle = list(range(1, people + 1))
    index = 0
    while len(circle) > 1:
        index = (index + step - 1) % len(circle)
        circle.pop(index)
    return circle[0]
