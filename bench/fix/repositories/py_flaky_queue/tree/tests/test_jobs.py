from queueing.jobs import Jobs


def test_priority():
    jobs = Jobs()
    jobs.add("low")
    jobs.add("high", 5)
    assert jobs.next() == "high"


def test_order():
    jobs = Jobs()
    for name in ("a", "b", "c"):
        jobs.add(name, 1)
    assert [jobs.next(), jobs.next(), jobs.next()] == ["a", "b", "c"]


def test_empty():
    assert Jobs().next() is None
