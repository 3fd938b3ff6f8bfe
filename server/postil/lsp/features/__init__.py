"""The handlers of methods and commands, one file per group. A handler converts parameters, calls the session, and
converts the result.

State belongs in `service.session`. The choice of a handler by the kind of a document belongs in `lsp.app`.
"""
