"""The files of a workspace: which ones may be sent to a model, their text and language, and their changes in git.

Open documents are in `service.documents`, settings files in `service.config`.
"""
