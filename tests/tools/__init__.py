"""Findings of other tools, mended: real tools in real copies, the model is a script.

Needs Python packages only (ruff is one of them), and more time than the quick folders may take; `test_real_tools` needs
the tools that `scripts/tools-parts` installs, and Go and Rust.
"""
