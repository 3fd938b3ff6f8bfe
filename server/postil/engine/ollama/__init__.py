"""Ollama: as an engine, and the administration of its models.

Nothing else imports the `ollama` package. What several engines share is in `engine` or `engine.stream`.
"""
