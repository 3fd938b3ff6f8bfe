"""Questions to an index: code like a text, definitions of a name, what an import brings.

Nothing here changes an index (`scanning`), nor decides what a model is shown.
"""
