"""The index of a workspace: kept in the user's cache, brought up to date with the files, and searched.

What a file gives it is pure and in `core/context`; which files may be read, in `service/workspace`. What a model is
shown of it isn't decided here. Vectors are tables of their own by chunk: a chunk keeps its number as long as its text
and the definitions around it are the same, and what they find is one more ranking for `query/question`.
"""
