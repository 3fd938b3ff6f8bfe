"""Fixes that a check or another tool has passed: as code actions, looked for when one is chosen, or by command."""
