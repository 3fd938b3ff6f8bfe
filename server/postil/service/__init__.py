"""What runs and when: the session, its documents, its jobs and its messages to the client.

Protocol types belong in `lsp`, requests to models in `engine`, pure functions in `core`. This package calls its front
end only through the protocol in `client`.
"""
