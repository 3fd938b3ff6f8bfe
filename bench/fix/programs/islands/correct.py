"""Maps of land (1) and water (0)."""


def count_islands(grid):
    """How many groups of land there are. Fields that touch by an edge belong together."""
    seen = set()

    def explore(row, column):
        stack = [(row, column)]
        while stack:
            row, column = stack.pop()
            if not (0 <= row < len(grid) and 0 <= column < len(grid[0])):
                continue
            if grid[row][column] == 0 or (row, column) in seen:
                continue
            seen.add((row, column))
            stack.extend([(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)])

    count = 0
    for row in range(len(grid)):
        for column in range(len(grid[0])):
            if grid[row][column] == 1 and (row, column) not in seen:
                explore(row, column)
                count += 1
    return count
