"""Postil: a language server that reviews code with a model on the user's own machine."""

__version__ = "0.1.0"
