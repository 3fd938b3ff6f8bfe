"""What every stream passes, whichever engine it comes from: redaction, limits, time-outs, priority.

An adapter calls `guard.guarded_stream` once a request and gives its HTTP client the response hook of `limits`. What an
answer means belongs to the adapters, what is done with it to `service`.
"""
