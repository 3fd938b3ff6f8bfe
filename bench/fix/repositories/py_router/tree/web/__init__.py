"""Requests to handlers."""
