"""The VS Code extension, the Neovim plugin and other editors, by keys on a screen; acpx on the command line.

Needs VS Code, Chromium, Neovim, Emacs and acpx (scripts/test-parts); some need weights and an Ollama too.
"""
