from retrying import GaveUp, delays, retry

assert list(delays(4, base=1, factor=3, limit=5)) == [1, 3, 5]
assert list(delays(1)) == []


def failing(times, error=OSError):
    calls = []

    def call():
        calls.append(1)
        if len(calls) <= times:
            raise error("no")
        return len(calls)

    return call


slept = []
assert retry(failing(2), sleep=slept.append) == 3
assert slept == [0.1, 0.2], slept
slept = []
try:
    retry(failing(9), attempts=2, sleep=slept.append)
except GaveUp as error:
    assert error.attempts == 2 and isinstance(error.last, OSError)
    assert "2 attempts" in str(error)
else:
    raise AssertionError
assert len(slept) == 1
try:
    retry(failing(1, ValueError), sleep=slept.append)
except ValueError:
    pass
else:
    raise AssertionError
