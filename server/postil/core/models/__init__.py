"""The catalogue: which models exist, what they need, and which one to propose.

How a model is used for reviews is in its profile (`core/review/profile`); downloads are in `engine/download`.
"""
