"""Pure values and functions: no files, clock, environment, network or protocol types."""
