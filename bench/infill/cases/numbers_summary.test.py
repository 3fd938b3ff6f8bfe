from numbers_summary import deviation, histogram, mean, median, modes, moving_average

assert mean([1, 2, 6]) == 3
assert median([5, 1, 3]) == 3
assert median([4, 1, 3, 2]) == 2.5
assert deviation([2, 4, 4, 4, 5, 5, 7, 9]) == 2
assert modes([3, 1, 3, 1, 2]) == [1, 3]
assert moving_average([1, 2, 3, 4], 2) == [1.5, 2.5, 3.5]
assert moving_average([1], 2) == []
assert histogram([0, 1, 2.5, 9.9, 10, -1, 5], 0, 10, 4) == [2, 1, 1, 1]
try:
    mean([])
except ValueError:
    pass
else:
    raise AssertionError
