"""The VS Code extension, the Neovim plugin and other editors, by keys on a screen.

Needs VS Code, Chromium, Neovim and Emacs (scripts/test-parts); some need weights and an Ollama too.
"""
