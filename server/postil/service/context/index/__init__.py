"""The database of an index: where it is, how it is opened and made anew, how a file gets into it.

Which files those are is decided in `scanning`; what can be asked of it is in `query`.
"""
