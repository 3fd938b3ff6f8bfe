"""Weights on the disk: where GGUF files are (`store`) and how they are fetched (`fetch`, `pull`), resumed and verified.

Each source has its file. Which models and sources there are is data (`core.models.catalogue`, `overlay`).
"""
