from subject import Histogram

histogram = Histogram("http", [5, 0.5, 1, 0.5])
assert histogram.mean is None and histogram.share_within(1) == 1.0
for value in (0.25, 0.5, 0.75, 4, 9.5):
    histogram.observe(value)
assert histogram.count == 5 and histogram.mean == 3.0
assert histogram.share_within(0.5) == 0.4
assert histogram.share_within(5) == 0.8
assert histogram.render() == [
    'http_bucket{le="0.5"} 2',
    'http_bucket{le="1"} 3',
    'http_bucket{le="5"} 4',
    'http_bucket{le="+Inf"} 5',
    "http_sum 15",
    "http_count 5",
]
other = Histogram("other", [0.5, 1, 5])
other.observe(1)
histogram.merge(other)
assert histogram.count == 6 and histogram.share_within(1) == 4 / 6
for broken in (lambda: Histogram("x", []), lambda: histogram.merge(Histogram("y")), lambda: histogram.share_within(2)):
    try:
        broken()
    except ValueError:
        pass
    else:
        raise AssertionError("no ValueError")
