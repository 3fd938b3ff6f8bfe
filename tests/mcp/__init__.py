"""`postil mcp` driven by the protocol's own clients, and the reference servers driven by Postil's client.

Needs Python packages and git; `test_real_parts` needs what `scripts/mcp-parts` installs.
"""
