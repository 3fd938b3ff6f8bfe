"""The door for editors that speak the Agent Client Protocol (https://agentclientprotocol.com): messages and their
conversion, one conversation of `service/agent` a session. No loop, no tools, no prompts."""
