"""A small matrix made of lists of numbers."""


class Matrix:
    """Rows of equal length."""

    def __init__(self, rows):
        self.rows = [list(row) for row in rows]
        if any(len(row) != len(self.rows[0]) for row in self.rows):
            raise ValueError("rows must have the same length")

    @classmethod
    def identity(cls, size):
        """Ones on the diagonal, zeros elsewhere."""
        return cls([[1 if row == column else 0 for column in range(size)] for row in range(size)])

    @property
    def shape(self):
        """Number of rows and number of columns."""
        return len(self.rows), len(self.rows[0])

    def __eq__(self, other):
        return isinstance(other, Matrix) and self.rows == other.rows

    def transposed(self):
        """Rows become columns."""
        return Matrix(zip(*self.rows))

    def __add__(self, other):
        if self.shape != other.shape:
            raise ValueError("shapes differ")
        return Matrix([a + b for a, b in zip(left, right)] for left, right in zip(self.rows, other.rows))

    def __matmul__(self, other):
        """The matrix product."""
        if self.shape[1] != other.shape[0]:
            raise ValueError("inner sizes differ")
        columns = list(zip(*other.rows))
        product = []
        for row in self.rows:
            product.append([sum(a * b for a, b in zip(row, column)) for column in columns])
        return Matrix(product)
