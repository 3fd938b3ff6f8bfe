"""The benchmarks' own code, and memory over 30 seconds of work.

Needs Python packages only. Waits more than it works, so `make check` leaves it out.
"""
