"""The Caesar cipher."""


def shift(text, by):
    """The text with each letter `by` places further in the alphabet. Case and other characters stay."""
    out = []
    for character in text:
        if "a" <= character <= "z":
            out.append(chr((ord(character) - ord("a") + by) % 26 + ord("a")))
        elif "A" <= character <= "Z":
            out.append(chr((ord(character) - ord("A") + by) % 26 + ord("A")))
        else:
            out.append(character)
    return "".join(out)
