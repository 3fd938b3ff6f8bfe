"""One file per group of LSP methods."""
