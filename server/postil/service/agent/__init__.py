"""One conversation with a model that may use tools: its requests, the tools, permissions, what is undone, what is kept.

It runs in a process of a door (`postil acp`, `ask`, `agent`), never in the language server's."""
