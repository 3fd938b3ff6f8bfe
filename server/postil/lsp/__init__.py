"""The Language Server Protocol: capabilities, conversion, progress, and one handler for each method.

What is served is in `service`: no prompt, no HTTP and no decision about a review belongs here. `app` is the table of
all that the server can do, `from_lsp`, `to_lsp` and `shapes` convert, and `features` has the handlers.
"""
