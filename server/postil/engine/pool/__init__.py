"""Several hosts of one kind as one engine: which host gets a request, and what happens when a host fails.

How a host is talked to belongs to its own engine; priorities on one host to `engine.stream.priority`.
"""
