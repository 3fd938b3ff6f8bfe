from queueing.store import Counter


def test_increases():
    # It fails in every second run: nobody removes the file.
    assert Counter("queueing-test").increase() % 2 == 1
