"""What one server was seen to do: the fields that it refuses, whether it continues an answer, tells probabilities.

The two dialects themselves are `engine/ollama` and `engine/openai`; what a model can do is in `core/models/abilities`.
"""
