"""The door for editors that speak the Agent Client Protocol, with the scripted engine and the protocol's own client.

Needs Python packages only.
"""
