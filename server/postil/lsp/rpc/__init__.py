"""JSON-RPC over stdin, TCP or a WebSocket: framing, message rules, and the start and end of the process.

The meaning of messages belongs in `lsp.features`. Each module here corrects or replaces a part of pygls and names it.
"""
