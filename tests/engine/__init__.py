"""The engine adapters against servers of the tests' own, downloads, and streams.

Needs Python packages only.
"""
