"""The embedded engine: llama.cpp in a child process.

`engine` and `messages` run in the server, `child` in the child process and nowhere else: it imports xllamacpp. Where
the weights are, and how they get there, belongs to `engine.download`.
"""
