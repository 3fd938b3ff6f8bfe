"""What runs and when: the session, its documents and jobs, and what it tells the client.

Protocol types belong in `lsp`, requests to models in `engine`, pure functions in `core`. Nothing here calls up, except
through the protocol in `client`.
"""
