"""Finds texts by their words."""
