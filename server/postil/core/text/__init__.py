"""Texts without meaning: positions and their encodings, edits, fences, Markdown and plain text that is safe to show.

Nothing here knows a programming language (`core/syntax`) or a finding's origin (`core/review`).
"""
