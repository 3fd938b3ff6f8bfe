"""The documentation: its links, its tables against the code, and the site that `make docs` builds.

Needs Python packages only. The generator has an environment of its own, so `make check` leaves it out.
"""
