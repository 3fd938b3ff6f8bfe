"""The checks of a project in the editor: real runs of real tests in copies, over the protocol; the model is a script.

Needs Python packages only. Each fix takes some seconds of runs, so `make check` leaves it out.
"""
