"""Servers of the Model Context Protocol that the user or a workspace names: which ones, their processes and
connections, their tools. What a tool's result means to a conversation is the business of `service/agent`."""
