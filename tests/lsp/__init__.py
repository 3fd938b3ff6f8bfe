"""The language server over stdio, with the scripted engine.

Needs Python packages only.
"""
