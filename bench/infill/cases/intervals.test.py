from intervals import gaps, merge, overlaps, total_length

assert overlaps((1, 4), (3, 5)) and overlaps((3, 5), (1, 4))
assert not overlaps((1, 3), (3, 5)) and not overlaps((3, 5), (1, 3))
assert merge([(5, 8), (1, 3), (3, 4), (6, 7)]) == [(1, 4), (5, 8)]
assert merge([]) == []
assert total_length([(0, 2), (1, 5), (7, 8)]) == 6
assert gaps([(2, 4), (6, 7)], 0, 10) == [(0, 2), (4, 6), (7, 10)]
assert gaps([(0, 10)], 2, 8) == []
assert gaps([(9, 12)], 0, 10) == [(0, 9)]
assert gaps([], 1, 2) == [(1, 2)]
