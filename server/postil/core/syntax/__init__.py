"""Programming languages: parse trees, comparison of code, comments, and the units that a file is split into.

How a unit is reviewed is in `core/review`. The language of a file is found in `service/workspace/languages`.
"""
