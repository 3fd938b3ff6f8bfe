"""Personas as files and as models of Ollama's: found, read, checked, made, exchanged.

What a persona means belongs to `core.persona`; which personas review a document to `service.config`.
"""
