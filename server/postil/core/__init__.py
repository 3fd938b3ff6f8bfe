"""The rules of Postil as pure values and functions.

No files, clock, environment, network, asyncio or protocol types. Files directly here are used by several topics:
requests to a model, redaction, and the tables in `data/`.
"""
