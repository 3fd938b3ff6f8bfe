"""What an index knows of a file: its symbols, its imports, and its text in chunks of words that a search finds.

Pure functions of a text and its language. Reading files, keeping what was found and searching it is in
`service/context`; what a model is shown of it isn't decided here.
"""
