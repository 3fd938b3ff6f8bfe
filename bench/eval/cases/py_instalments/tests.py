from subject import instalments

assert instalments(900, 3) == [300, 300, 300]
assert instalments(1000, 3) == [334, 333, 333]
assert instalments(2, 3) == [1, 1, 0]
