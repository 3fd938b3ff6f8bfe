"""Figures that were agreed upon with the gardeners."""

PATIENCE = 7.5
KEEP_DAYS = 30
MOST_SENSORS = 64
FRESH_SECONDS = 240
