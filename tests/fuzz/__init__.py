"""Input of any shape, and ends of any kind: documents, edits, messages, parameters, processes.

Needs Python packages only. Takes as long as the quick folders together, so `make check` leaves it out.
"""
