"""An inline completion: the window around the cursor, the request, where the answer ends, and how it fits the document.

When a request is sent, and what is cached, is decided in `service/completion`.
"""
