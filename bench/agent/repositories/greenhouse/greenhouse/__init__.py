"""Reads the sensors of a greenhouse."""
