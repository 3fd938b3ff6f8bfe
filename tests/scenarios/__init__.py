"""Stories in Markdown: a text, what the model says, and the notes that come of it.

Needs Python packages only.
"""
