"""Inline completion: one generation shared by the keys that agree with it, known answers, the wait for the next key.

What the model sees and where an answer ends is pure and belongs in `core.completion`.
"""
