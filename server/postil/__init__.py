"""Postil: a language server that reviews code with a model on the user's own machine.

The layers are packages, from the bottom: core, engine, service, lsp, cli. What every layer needs stands beside them:
settings, logs, private files, late imports. ARCHITECTURE.md says where a change goes.
"""

__version__ = "0.1.0"
