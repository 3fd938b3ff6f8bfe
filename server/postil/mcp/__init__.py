"""The door for other agents: `postil mcp`, a server of the Model Context Protocol (https://modelcontextprotocol.io).
Messages and their conversion; what it serves is in `service`. The client for other servers is `service/mcp`."""
