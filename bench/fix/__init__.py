"""Measures fixes that a check has passed: how many of the defects are mended, and what it costs."""
