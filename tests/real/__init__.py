"""What only real weights can show, of every layer.

Needs an Ollama, xllamacpp and the smallest model's weights (scripts/test-parts). Uses all cores.
"""
