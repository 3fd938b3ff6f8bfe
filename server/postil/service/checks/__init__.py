"""The checks of a project: which are named, which the user has said yes to, their runs after a save, and their notes.

How a check runs and how a fix of it is looked for belongs to `service.verify`; how notes are shown, to `lsp`.
"""
