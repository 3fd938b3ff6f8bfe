"""Bills that several people share."""
