"""`postil acp`: what the command line has to do before an editor is served. The protocol is in `postil.acp`; no other
command is here."""
