"""The files of a workspace: which may be sent to a model, their text and language, what git says has changed.

Open documents are in `service.documents`; settings files in `service.config`.
"""
