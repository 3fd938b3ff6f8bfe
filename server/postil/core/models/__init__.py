"""What is known of models without asking an engine: the catalogue, the advice for a machine's memory, names.

Values and functions only; files are read by `engine.download`.
"""
