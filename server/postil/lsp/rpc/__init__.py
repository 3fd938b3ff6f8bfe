"""JSON-RPC over stdin, TCP or a WebSocket: framing, the rules of messages, the beginning and the end of the process.

What a message means belongs in `lsp.features`. What is here corrects or replaces a part of pygls, and says which.
"""
