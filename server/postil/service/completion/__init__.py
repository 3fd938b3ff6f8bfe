"""Inline completion: one generation (`generation`) that all requests share which it can still answer (`completer`).

The prompt, the end of an answer, its cache and the debounce are pure and belong in `core.completion`.
"""
