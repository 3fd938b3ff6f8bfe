"""A conversation with tools, as pure values and functions: turns, calls in every dress, schemas of tools, budget,
compaction, the guard against loops, rules of permission. No files, no processes, no engine."""
