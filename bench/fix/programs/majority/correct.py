"""The vote of Boyer and Moore."""


def majority(votes):
    """The element that is more than half of all, or None when there is none."""
    candidate, count = None, 0
    for vote in votes:
        if count == 0:
            candidate, count = vote, 1
        elif vote == candidate:
            count += 1
        else:
            count -= 1
    return candidate if votes.count(candidate) > len(votes) // 2 else None
