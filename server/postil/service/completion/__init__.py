"""Inline completion: a shared generation (`completer`, `generation`), a cache of answers, and a debounce of keystrokes.

The prompt and the rules for where an answer ends are pure and belong in `core.completion`.
"""
