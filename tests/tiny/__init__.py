"""Tiny models for real engines: GGUF files with an architecture's shape, real special tokens, a real chat template, and
scripted weights. What they say is in the script; only how an engine treats it is observed, never quality."""
