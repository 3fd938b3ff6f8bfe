"""The report of `postil review`, and its formats: text, JSON, SARIF, GitHub.

A format is a Reporter; it gets events and a Report, and asks nobody for more.
"""
