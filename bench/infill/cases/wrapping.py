"""Fit text into a given width."""


def wrap(text, width):
    """Break a text into lines of at most `width` characters, at spaces. Longer words get a line of their own."""
    lines = []
    current = ""
    for word in text.split():
        if not current:
            current = word
        elif len(current) + 1 + len(word) <= width:
            current += " " + word
        else:
            lines.append(current)
            current = word
    if current:
        lines.append(current)
    return lines


def truncate(text, width, mark="…"):
    """Shorten a text to `width` characters, the mark included."""
    if len(text) <= width:
        return text
    return text[: width - len(mark)].rstrip() + mark


def indent(text, prefix="    "):
    """Put the prefix in front of every line that isn't empty."""
    return "\n".join(prefix + line if line.strip() else line for line in text.split("\n"))


def table(rows):
    """Left-aligned columns, two spaces between them, no spaces at line ends."""
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows)]
    lines = []
    for row in rows:
        cells = [str(cell).ljust(width) for cell, width in zip(row, widths)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
