"""Sessions, reviews, settings, personas and files, with the scripted engine.

Needs Python packages only.
"""
