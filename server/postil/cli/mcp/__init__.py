"""`postil mcp`: the server for other agents, and the servers that Postil's own agent uses: listed, tried, agreed to.
What it serves is in `postil.mcp`, how servers are used in `service/mcp`."""
