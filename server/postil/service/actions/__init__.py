"""Runs a persona's action on code, and writes explanations to Markdown files.

Prompts and the rules for edits belong in `core.actions`.
"""
