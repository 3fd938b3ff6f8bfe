"""Ollama's Modelfile as a language: parser, checks, quick fixes, outline, completion and hover, and `/api/create`.

What a Modelfile means for Postil is in `core/persona`; requests to Ollama are in `engine/ollama`.
"""
