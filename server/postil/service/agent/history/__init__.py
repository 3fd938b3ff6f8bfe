"""Conversations of a workspace, kept in the user's state folder, found again by their words, and forgotten.

What of them is worth showing to a model is decided in `core/agent/past`; no workspace can
name, write or read another's."""
