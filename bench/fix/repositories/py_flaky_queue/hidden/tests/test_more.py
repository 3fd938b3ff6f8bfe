from queueing.jobs import Jobs


def test_mixed():
    jobs = Jobs()
    for name, priority in (("a", 1), ("b", 2), ("c", 2), ("d", 1)):
        jobs.add(name, priority)
    assert [jobs.next() for _ in range(4)] == ["b", "c", "a", "d"] and len(jobs) == 0
