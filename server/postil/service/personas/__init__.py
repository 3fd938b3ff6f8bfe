"""Personas as files and as models in Ollama: finds, reads, checks and creates them, and exchanges them with Ollama.

The meaning of a persona belongs in `core.persona`; which personas review a document, in `service.config`.
"""
