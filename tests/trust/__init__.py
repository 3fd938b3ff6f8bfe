"""Every promise of SECURITY.md that needs no real model.

Needs Python packages only.
"""
