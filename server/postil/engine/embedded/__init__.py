"""The embedded engine: llama.cpp in child processes, one that answers and one that makes vectors.

`engine`, `seat`, `process` and `messages` run in the server, `child` in the child process and nowhere else: it imports
xllamacpp. Where the weights are, and how they get there, belongs to `engine.download`.
"""
