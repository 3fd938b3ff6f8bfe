from subject import backoff_delay

assert backoff_delay(1) == 0.5
assert backoff_delay(3) == 2.0
assert backoff_delay(20) == 30.0
