"""Mends the findings of other tools, one after the other: finds and runs the tool, asks it again about each change.

The steps of one finding are those of every complaint (`service.verify.mend`); which findings are the same and when one
is gone belongs to `core.verify.findings`.
"""
