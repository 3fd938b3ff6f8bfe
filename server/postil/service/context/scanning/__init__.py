"""Brings an index up to date: all files of the workspace, in processes of their own, or single ones after a save.

How a file is kept is in `index`. When this is done is decided in `keeper`, and by `postil index`.
"""
