"""Text in zigzag."""


def zigzag(text, rows):
    """The text written down and up again over so many rows, then read row by row."""
    if rows == 1:
        return text
    lines = [""] * rows
    row, step = 0, 1
    for character in text:
        lines[row] += character
        if row == 0:
            step = 1
        elif row == rows - 1:
            step = -1
        row += step
    return "".join(lines)
