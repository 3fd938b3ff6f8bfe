"""How a model is asked for a fix, what is read from its answers, and what is made of them.

Whether a fix holds doesn't belong here: that is `core.verify.verdict`, by what a check said.
"""
