"""Fixes that a check or another tool has passed: as code actions, looked for when one is chosen, or by command.

How a fix is looked for and which checks may run belongs to `service.checks` and `service.verify`.
"""
