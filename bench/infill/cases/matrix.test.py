from matrix import Matrix

a = Matrix([[1, 2, 3], [4, 5, 6]])
b = Matrix([[1, 0], [2, 1], [0, 3]])
assert a.shape == (2, 3)
assert a.transposed() == Matrix([[1, 4], [2, 5], [3, 6]])
assert a + a == Matrix([[2, 4, 6], [8, 10, 12]])
assert a @ b == Matrix([[5, 11], [14, 23]])
assert Matrix.identity(2) == Matrix([[1, 0], [0, 1]])
assert a @ Matrix.identity(3) == a
assert a != Matrix([[1]])
for wrong in (lambda: Matrix([[1], [1, 2]]), lambda: a @ a, lambda: a + b):
    try:
        wrong()
    except ValueError:
        continue
    raise AssertionError
