"""The latest requests as they were sent, with their answers: what is kept of them, and the page that shows them.

Nothing here sends, and nothing here is written to the disk: an engine keeps its own, in memory only.
"""
