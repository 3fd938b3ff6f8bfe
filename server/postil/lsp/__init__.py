"""The Language Server Protocol: capabilities, conversion, progress, and one handler for each method.

The work is done in `service`: prompts, HTTP and decisions about reviews don't belong here. `app` lists all methods and
commands, `from_lsp`, `to_lsp` and `shapes` convert values, and `features` contains the handlers.
"""
