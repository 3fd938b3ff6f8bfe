"""Measures `postil fix --tool`: findings of real tools in code of our own, mended by a real model.

A folder in `cases` is a project of the tool whose name it has. `python -m bench.fix.findings` prints what came of it.
"""
