"""The door: pygls features and the conversion of protocol types."""
