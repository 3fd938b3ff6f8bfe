"""An action of a persona run on some code, and the page that an explanation is written to.

What is asked of the model and what may be edited is decided in `core.actions`.
"""
