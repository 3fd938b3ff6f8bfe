from subject import SlidingWindowLimiter

now = 0.0
limiter = SlidingWindowLimiter(2, 10.0, lambda: now)
assert limiter.remaining("a") == 2
assert limiter.allow("a")
now = 5.0
assert limiter.allow("a")
assert not limiter.allow("a")
assert limiter.allow("b")
now = 10.0
assert limiter.remaining("a") == 1
assert limiter.allow("a")
assert not limiter.allow("a")
now = 15.0
assert limiter.forget_idle() == 1
now = 40.0
assert limiter.forget_idle() == 1
