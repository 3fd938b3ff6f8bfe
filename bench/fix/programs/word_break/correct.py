"""Text without spaces."""


def can_split(text, words):
    """Whether the text is a sequence of words of the list, each of which may occur again."""
    known = set(words)
    reachable = [False] * (len(text) + 1)
    reachable[0] = True
    for end in range(1, len(text) + 1):
        for start in range(end):
            if reachable[start] and text[start:end] in known:
                reachable[end] = True
                break
    return reachable[len(text)]
