"""Whatever talks to a model: the only user of `ollama`, `httpx` and `subprocess`."""
