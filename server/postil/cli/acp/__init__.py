"""`postil acp`: what the command line has to do before an editor is served. The protocol is `postil.acp`, and no
other command is here."""
