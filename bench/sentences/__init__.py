"""The sentences of notes on known changes, beside the changes, for people to judge: `make eval EVAL=sentences`."""
