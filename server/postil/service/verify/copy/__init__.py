"""The scratch copy of a workspace, and the folders of dependencies that are linked into it. What runs in the copy is
not here.
"""
