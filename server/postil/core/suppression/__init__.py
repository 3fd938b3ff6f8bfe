"""Findings that are not shown: comments in the code, and the workspace's baseline of dismissed findings.

Reading and writing the baseline file is in `service/review/baseline`.
"""
