"""`postil ask`, `postil agent` and what belongs to conversations in the terminal: how they are shown and asked about.
What happens in one is the business of `service/agent`.
"""
