"""Faults of real engines: what the user sees, and that the next save works (matrix.toml).

Needs an Ollama, xllamacpp and the smallest model's weights (scripts/test-parts). Uses all cores.
"""
