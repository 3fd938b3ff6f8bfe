"""Turns matrices."""


def rotate_clockwise(matrix):
    """A new matrix: the given one turned by 90 degrees clockwise."""
    rows, columns = len(matrix), len(matrix[0]) if matrix else 0
    turned = [[None] * rows for _ in range(columns)]
    for row in range(rows):
        for column in range(columns):
            turned[column][rows - 1 - row] = matrix[row][column]
    return turned
