"""How good the notes are: detection, false alarms and noise, measured through the language server."""
