"""The tools that a model may call, a file a kind: what each is told, does and gives back. Who is asked before, and what
is undone, is the conversation's. Tools of MCP servers are adapted in `mcp.py`; the servers are `service/mcp`."""
