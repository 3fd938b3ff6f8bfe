"""Ghost text with and without pieces of other files, in real packages that are newer than the models."""
