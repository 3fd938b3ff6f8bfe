"""Fixes that a check has passed: complaints, what a run of a check said, suspects, candidates, verdicts.

Values in, values out. Nothing here runs a program, reads a file or asks a model: that is `service.verify`.
"""
