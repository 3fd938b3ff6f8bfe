"""Everything that talks to a model: the only user of `ollama`, `httpx` and subprocesses for engines.

`base` has the Engine protocol and its errors, `choose` makes the engine for the settings; each kind of engine has its
folder. It knows requests and deltas (core.request), nothing of reviews, documents and editors.
"""
