"""Pure functions: text, syntax, reviews, completions, Modelfiles, personas, models.

Needs Python packages only.
"""
