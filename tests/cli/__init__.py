"""The commands of `postil`, in processes of their own.

Needs Python packages only.
"""
