"""Text of an even width."""


def justify(words, width):
    """The words as one line of exactly this width. Spaces are spread evenly; the gaps on the left get one more where
    they can't be. A single word gets its spaces behind it."""
    if len(words) == 1:
        return words[0].ljust(width)
    gaps = len(words) - 1
    spaces = width - sum(len(word) for word in words)
    each, more = divmod(spaces, gaps)
    line = words[0]
    for number, word in enumerate(words[1:]):
        line += " " * (each + (1 if number < more else 0)) + word
    return line
