"""Servers with the OpenAI API, and llama.cpp's own server: requests, answers, server-sent events, slots.

The embedded engine uses this too; how its child is started belongs to `engine.embedded`.
"""
