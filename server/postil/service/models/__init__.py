"""The models that can be used: listed, fetched, copied, removed, loaded; for the command line and the editor alike.

Which engine and model serve a request belongs to `engine.choose`; what tables look like to `cli`.
"""
