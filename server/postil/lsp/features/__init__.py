"""The handlers of methods and commands, one file for each group. They convert parameters, ask the session, and convert
its answer.

State belongs in `service.session`. A handler that decides by the kind of a document belongs in the table of `lsp.app`.
"""
