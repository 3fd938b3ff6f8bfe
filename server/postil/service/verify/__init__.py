"""Runs checks in scratch copies and asks a model for fixes until one of them passes: `postil fix`.

What a result means, which code is suspected and how a model is asked belongs to `core.verify`. Nothing here writes to
the user's tree, except `apply`, which is called when they want it.
"""
